"""What an organisation decides: how long a session lives, when a remark is due, how many ratings are too many."""
