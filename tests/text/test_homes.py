r"""Personal paths: `~` for a home of any system, paths from the working folder, and what only looks like one stays."""

import pytest

from memp.text.homes import from_folder, without_homes
from memp.text.redact import redact, sanitise

HOMES = [
    ("cp /Users/jane/Downloads/x.sh /home/dev/.zshrc", "cp ~/Downloads/x.sh ~/.zshrc"),
    ("in /home/dev, then (/home/dev). And '/Users/jane'", "in ~, then (~). And '~'"),
    ("/root/x /var/root/x /var/home/dev/x", "~/x ~/x ~/x"),
    ("/home/jane.doe@corp.example/x /home/dev-2/x /home/ä/x", "~/x ~/x ~/x"),
    ("PATH=/bin:/home/dev/bin gcc -I/home/dev/inc", "PATH=/bin:~/bin gcc -I~/inc"),
    (r"C:\Users\Jane Doe\proj\x C:\USERS\JANE~1\x c:/users/jane/x", r"~\proj\x ~\x ~/x"),
    (r'type "c:\users\jane doe\a b.txt"', r'type "~\a b.txt"'),
    (r"copy C:\Users\jane to src\x", r"copy ~ to src\x"),
    (r'{"p": "C:\\Users\\Jane Doe\\x"}', r'{"p": "~\\x"}'),
    (r"\\?\C:\Users\jane\x C:\Documents and Settings\jane\x", r"~\x ~\x"),
    ("/mnt/c/Users/jane/x /c/Users/jane/x /cygdrive/d/Users/jane/x", "~/x ~/x ~/x"),
    (r"\\wsl$\Ubuntu\home\jane\x \\wsl.localhost\Debian\home\jane\x", r"~\x ~\x"),
    ("file:///home/jane/x file:///C:/Users/Jane%20Doe/x", "file://~/x file://~/x"),
    ("~/.claude/projects/-Users-jane-shop/a.jsonl", "~/.claude/projects/-~-shop/a.jsonl"),
    ("git@host.example:/home/git/r.git", "git@host.example:~/r.git"),
]

NO_HOMES = [
    "https://a.example/home/x/y http://a.example/Users/7 https://a.example:8080/root/x",
    "GET /Users/7 HTTP/1.1", "curl -X PATCH '/Users/7'", '@app.route("/home/about")', 'router.get("/home/:id")',
    '<a href="/home/x">',
    "/srv/home/x /opt/Users/x ${BASE}/home/x $(pwd)/home/x */home/x /rootfs /home /home/",
    "/home/$USER/x /home/*/x /home/{user}/x /home/<user>/x", "/users/7/orders", "./home/x ../root/x src/home/x",
    "/Users/Shared/x /home/linuxbrew/.linuxbrew/bin/brew", r"C:\Users\Public\x D:\data\Users\x",
    "/etc/hosts /usr/local/bin /tmp/x /var/log/x",
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), HOMES)
def test_a_home_is_a_tilde(text: str, shown: str) -> None:
    assert without_homes(text) == shown
    assert without_homes(shown) == shown
    assert redact(text) == (shown, 0)
    assert sanitise(text) == (shown, 0)


@pytest.mark.parametrize("text", NO_HOMES)
def test_what_only_looks_like_a_home_stays(text: str) -> None:
    assert without_homes(text) == text


@pytest.mark.parametrize(
    ("text", "folder", "shown"),
    [
        (
            "cd /home/dev/shop && cat /home/dev/shop/a /home/dev/shop-api/b",
            "/home/dev/shop",
            "cd . && cat a ~/shop-api/b",
        ),
        ("rm -r /home/dev/shop/ x", "/home/dev/shop/", "rm -r . x"),
        ("/w/a.py /w", "/w", "a.py ."),
        ("/a /b", "/", "/a /b"),
        ('GET /app/users 200, @app.route("/app"), cat /app/x', "/app", 'GET /app/users 200, @app.route("/app"), cat x'),
        ("https://a.example/home/dev/shop/a", "/home/dev/shop", "https://a.example/home/dev/shop/a"),
        (r"C:\Users\Jane Doe\proj\src\a.py", r"C:\Users\Jane Doe\proj", r"src\a.py"),
        (r"c:\users\jane doe\PROJ\a /mnt/c/Users/Jane Doe/proj/b", r"C:\Users\Jane Doe\proj", "a b"),
        (r"c:/users/jane doe/x", r"C:\Users\jane doe\proj", "~/x"),
        (r'{"p": "C:\\w\\src\\a.py"}', r"C:\w", r'{"p": "src\\a.py"}'),
        (r"\\nas\share\proj\a", r"\\nas\share\proj", "a"),
        ("/users/jane/p/a /USERS/jane/b", "/Users/jane/p", "a ~/b"),
        ("/home/dev/a", "", "~/a"),
    ],
)
def test_paths_are_shown_from_the_working_folder(text: str, folder: str, shown: str) -> None:
    assert from_folder(text, folder) == shown


def test_a_long_text_of_anything_takes_no_long_time() -> None:
    for unit in ("/home/", "C:\\Users\\", "\\", "/Users/a b ", "-home-a", "Users\\A A A "):
        without_homes(unit * 20_000)
        from_folder(unit * 20_000, r"C:\Users\a\b")
