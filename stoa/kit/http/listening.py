"""What helps where an address cannot be listened on."""

import errno


def advice_on(error: OSError, *, setting: str) -> str:
    """Say what to do about a refused address, naming the option and the setting that choose another port."""
    option = f"--{setting.removeprefix('STOA_').lower().replace('_', '-')}"
    if error.errno == errno.EADDRINUSE:
        return f"Stop the other program, or choose another port with {option} or {setting}"
    if error.errno == errno.EACCES:
        return f"Choose a port from 1024 on with {option} or {setting}"
    return "Choose an address of this machine with --host or STOA_HOST"
