"""Every statement that reads figures."""
