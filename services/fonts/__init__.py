"""The typeface of printed pages: DejaVu Sans (see LICENSE), with the letters of our languages, embedded in every PDF.

Made with `pyftsubset DejaVuSans.ttf --no-hinting --layout-features=kern --unicodes=…`: Latin with its extensions for
Polish, Cyrillic for Ukrainian, and the signs between them.
"""

from importlib import resources
from pathlib import Path

FOLDER = Path(str(resources.files(__name__)))
SANS, SANS_BOLD = FOLDER / "DejaVuSans.ttf", FOLDER / "DejaVuSans-Bold.ttf"
