"""Access masks of shares and folders (MS-SMB2 2.2.13.1), and the names of the permissions dialog for them."""

from __future__ import annotations

READ, CHANGE, FULL = 0x1200A9, 0x1301BF, 0x1F01FF
"""What the share permissions of these names grant (MS-SMB2 2.2.13.1.1)."""
WRITE = READ | 0x116
"""To read and to write (MS-SMB2 2.2.13.1.1, FILE_GENERIC_WRITE), but not to delete."""
WORDS = (("full", FULL), ("change", CHANGE), ("read and write", WRITE), ("read", READ))
ADD = 0x6
"""FILE_ADD_FILE and FILE_ADD_SUBDIRECTORY of a folder (MS-SMB2 2.2.13.1.2)."""
LIST_ROOT = 0x00100081
"""FILE_LIST_DIRECTORY, FILE_READ_ATTRIBUTES, SYNCHRONIZE (MS-SMB2 2.2.13.1.2)."""
ACCESS_SYSTEM_SECURITY = 0x01000000
"""In a MaximalAccess: the account holds backup or restore rights, which open the share whatever its ACL contains."""


def access_words(mask: int) -> str:
    """Returns the access as the permissions dialog names it, and in hexadecimal."""
    backup = ", with backup or restore rights" if mask & ACCESS_SYSTEM_SECURITY else ""
    return f"{access_word(mask)}{backup} (0x{mask:08X})"


def access_word(mask: int) -> str:
    return next((name for name, bits in WORDS if mask & bits == bits), "less than read")
