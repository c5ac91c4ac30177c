"""Listening sockets: whose they are."""

import asyncio
import os

from stoa.app.serving import bind


async def test_a_child_that_was_not_given_a_listening_socket_does_not_keep_its_port():
    listening = bind("127.0.0.1", 0, setting="STOA_PORT")
    inode = f"socket:[{os.fstat(listening.fileno()).st_ino}]"
    list_mine = ["python", "-c", "import os; print([os.readlink(f'/proc/self/fd/{fd}') for fd in range(64) if"
                 " os.path.lexists(f'/proc/self/fd/{fd}')])"]  # fmt: skip

    async def held_by_a_child(*given: int) -> bool:
        child = await asyncio.create_subprocess_exec(*list_mine, stdout=asyncio.subprocess.PIPE, pass_fds=given)
        return inode in (await child.communicate())[0].decode()

    assert not await held_by_a_child()
    assert await held_by_a_child(listening.fileno())
    listening.close()
