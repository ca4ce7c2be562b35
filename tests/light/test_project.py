"""The project of a folder: of every layout that git has, and of folders that are none, are gone, or do not answer."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from memp.domain.trajectory import Provenance
from memp.inputs.trajectory import safe_provenance
from memp.light import project as module
from memp.light.project import NOWHERE, Place, folder_of_process, named, place_by_host, place_of, settled, titles
from memp.light.repository import normalised_remote

SHOP = "github.com/acme/shop"
Git = Callable[..., None]

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, beside which repositories lie."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    for name in module.FOLDERS:
        monkeypatch.delenv(name, raising=False)
    return folder


def git(*arguments: str, at: Path) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.invalid", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *who, *arguments], cwd=at, check=True, capture_output=True)


def repository(at: Path, remote: str = "", name: str = "origin") -> Path:
    """A repository as git lays it out, without git."""
    (at / ".git").mkdir(parents=True)
    (at / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    url = f'[remote "{name}"]\n\turl = {remote}\n' if remote else ""
    (at / ".git" / "config").write_text(f"[core]\n\tbare = false\n{url}")
    return at


def identity(folder: Path | str) -> str:
    return place_of(str(folder)).identity


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/shop", "https://github.com/acme/shop.git", "https://github.com/Acme/Shop/",
        "https://me:ghp_secret@github.com/acme/shop.git", "git@github.com:acme/shop.git", "github.com:acme/shop",
        "ssh://git@github.com:22/acme/shop.git", "ssh://git@github.com/~/acme/shop", "git://github.com/acme/shop",
        "git+ssh://git@GITHUB.com/acme//shop.git", "https://github.com:443/acme/shop.git?x=1#y",
        "https://github.com/acme/sh%6Fp", "ssh://git@ssh.github.com:443/acme/shop.git",
    ],
)  # fmt: skip
def test_a_remote_is_one_however_it_is_written(url: str):
    assert normalised_remote(url) == SHOP


@pytest.mark.parametrize(
    "url", ["", "/srv/git/shop.git", "../shop", "file:///srv/shop", "C:\\repos\\shop", "C:/repos/shop", "https://"]
)
def test_what_is_no_remote_of_a_host_has_no_name_of_one(url: str):
    assert normalised_remote(url) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://me@dev.azure.com/acme/web/_git/shop", "git@ssh.dev.azure.com:v3/acme/web/shop"),
        ("https://bitbucket.acme.net/scm/web/shop.git", "ssh://git@bitbucket.acme.net:7999/web/shop.git"),
        ("ssh://git@altssh.gitlab.com:443/acme/web/shop.git", "https://gitlab.com/acme/web/shop"),
    ],
)
def test_a_host_may_have_several_doors(one: str, other: str):
    assert normalised_remote(one) == normalised_remote(other) != ""


def test_a_repository_is_its_remote_also_below_its_root_and_after_it_was_moved(home: Path):
    shop = repository(home / "dev/shop", "git@github.com:acme/shop.git")
    (shop / "src/deep").mkdir(parents=True)
    assert place_of(str(shop / "src/deep")) == Place(SHOP, ("~/dev/shop",))
    shop.rename(home / "dev/store")
    assert identity(home / "dev/store/src") == SHOP


def test_a_repository_without_a_remote_is_its_path_below_the_home_without_its_name(home: Path, tmp_path: Path):
    assert identity(repository(home / "dev/shop")) == "~/dev/shop"
    assert identity(repository(tmp_path / "srv/shop")) == f"{os.path.realpath(tmp_path)}/srv/shop"


def test_the_remote_is_origin_else_upstream_else_the_first(home: Path):
    shop = repository(home / "shop", "https://github.com/zoe/fork", "zoe")
    assert identity(shop) == "github.com/zoe/fork"
    with (shop / ".git/config").open("a") as config:
        config.write('[remote "upstream"]\n\tURL = "https://github.com/acme/shop" ; the one\n')
    assert identity(shop) == SHOP
    with (shop / ".git/config").open("a") as config:
        config.write('[remote "origin"] url = https://github.com/me/\\\nshop # mine\n')
    assert identity(shop) == "github.com/me/shop"


@needs_git
def test_worktrees_belong_to_their_repository(home: Path):
    shop = home / "shop"
    git("init", "-q", str(shop), at=home)
    git("commit", "-q", "--allow-empty", "-m", "x", at=shop)
    git("worktree", "add", "-q", str(home / "elsewhere/shop-fix"), at=shop)
    git("worktree", "add", "-q", ".claude/worktrees/brave-otter", at=shop)
    for folder in (shop, home / "elsewhere/shop-fix", shop / ".claude/worktrees/brave-otter"):
        assert identity(folder) == "~/shop"
    shutil.rmtree(
        shop / ".git/worktrees"
    )  # `.git` of the worktree leads nowhere now; its path still says whose it was.
    assert identity(home / "elsewhere/shop-fix") == "~/shop"


@needs_git
def test_a_bare_repository_and_its_worktrees_are_one(home: Path):
    git("init", "-q", "--bare", "shop.git", at=home)
    assert identity(home / "shop.git") == identity(home / "shop.git/hooks") == "~/shop"
    git("clone", "-q", "--bare", str(home / "shop.git"), "hub/.bare", at=home)
    (home / "hub/.git").write_text("gitdir: ./.bare\n")
    assert identity(home / "hub") == "~/shop"  # Its remote is the first one.


@needs_git
def test_a_submodule_is_a_repository_of_its_own_and_so_is_its_worktree(home: Path):
    for name in ("shop", "parts"):
        git("init", "-q", name, at=home)
        git("commit", "-q", "--allow-empty", "-m", "x", at=home / name)
    git("submodule", "--quiet", "add", str(home / "parts"), "vendor/parts", at=home / "shop")
    sub = home / "shop/vendor/parts"
    assert identity(sub) == identity(home / "parts") == "~/parts"
    git("remote", "remove", "origin", at=sub)
    git("worktree", "add", "-q", str(home / "parts-fix"), at=sub)
    assert identity(sub) == identity(home / "parts-fix") == "~/shop/vendor/parts"


def test_a_symbolic_link_is_the_folder_that_it_leads_to(home: Path):
    shop = repository(home / "dev/shop")
    (shop / "src").mkdir()
    (home / "here").symlink_to(shop / "src")
    assert identity(home / "here") == "~/dev/shop"
    (home / "loop").symlink_to(home / "loop")
    assert identity(home / "loop/x") == "~/loop/x"


@pytest.mark.parametrize("folder", ["", ".", "src", "/", "/home", "/home/janedoe", "/Users/jane", "/root", "C:\\Users\\jane",
                                    "C:\\", "/home/janedoe/.claude/worktrees/x", "\0", "/tmp/build-123", "~"])  # fmt: skip
def test_a_home_what_lies_above_it_and_what_is_no_path_is_no_project(folder: str, home: Path):
    assert identity(folder) == ""


def test_a_home_is_no_project_even_as_a_repository_nor_is_a_folder_in_it_without_a_mark(home: Path):
    repository(home, "https://github.com/me/dotfiles")
    (home / "Downloads").mkdir()
    assert (identity(home), identity(home / "Downloads"), identity(home / ".config/gone")) == ("", "", "")


def test_a_folder_with_the_mark_of_a_project_is_one(home: Path):
    (home / "site/pages").mkdir(parents=True)
    (home / "site/package.json").write_text("{}")
    assert identity(home / "site/pages") == "~/site"
    repository(home / "site")
    (home / "site/pages/package.json").write_text("{}")
    assert identity(home / "site/pages") == "~/site"


def test_a_folder_that_is_gone_is_its_path_without_its_worktree(home: Path):
    assert place_of("/home/dev/shop") == Place("~/shop")
    for folder in ("/home/dev/shop/.claude/worktrees/brave-otter", "/home/dev/shop/.claude/worktrees/x/src",
                   "/home/dev/shop/.worktrees/y", "/home/dev/shop/./a/..", "/home/dev/shop/"):  # fmt: skip
        assert identity(folder) == "~/shop"
    assert identity("file:///home/dev/my%20shop") == "~/my shop"
    assert identity("C:\\Users\\Dev\\Shop\\.claude\\worktrees\\x") == "~/shop"
    assert identity("D:\\Work\\Shop") == "d:/work/shop"
    assert identity("\\\\server\\share\\Shop") == "//server/share/shop"


@pytest.mark.parametrize(
    ("folder", "project"),
    [("/Users/Jane Doe/work/shop", "~/work/shop"), ("/root/shop", "~/shop"), ("C:\\Users\\Jane Doe\\shop", "~/shop"),
     ("/mnt/c/Users/jane/shop", "~/shop"), ("/srv/home/shop", "/srv/home/shop"), ("/home/linuxbrew/x", "/home/linuxbrew/x"),
     ("/Users/Shared/x", "/Users/Shared/x"), ("/home/jane/work/-home-jane-x", "~/work/-~-x")],
)  # fmt: skip
def test_an_identity_names_no_home_and_stays_as_it_is_where_it_is_stored(home: Path, folder: str, project: str):
    assert identity(folder) == project
    assert safe_provenance(Provenance(project=project)).project == project
    assert named(folder).identity == project


def test_of_a_folder_that_is_gone_a_project_further_up_is_taken_unless_it_only_holds_others(home: Path):
    gone = place_of("/home/dev/work/shop/src")
    assert settled(gone, {"~/work/shop": ""}) == "~/work/shop"
    assert settled(gone, {"~/work": "", "~/work/blog": ""}) == "~/work/shop/src"
    assert settled(gone, {"~/work/shop": SHOP, SHOP: ""}) == SHOP
    assert settled(gone, {}) == "~/work/shop/src"


def test_a_project_that_was_merged_is_the_one_that_it_was_merged_into():
    assert settled(Place("a"), {"a": "b", "b": "c", "c": ""}) == "c"
    assert settled(Place("a"), {"a": "b", "b": "a"}) in ("a", "b")
    assert settled(Place(SHOP, ("~/shop",)), {"~/shop": ""}) == "~/shop"
    assert settled(NOWHERE, {"a": ""}) == ""


@pytest.mark.parametrize(
    "content",
    [
        "",
        "gitdir: ",
        "gitdir: /nowhere/at/all",
        "\0\0",
        "nonsense",
        "gitdir: \udcff".encode(errors="surrogateescape").decode("latin-1"),
    ],
)
def test_a_git_file_that_says_nothing_is_a_repository_without_a_remote(content: str, home: Path):
    (home / "shop").mkdir()
    (home / "shop/.git").write_text(content)
    assert identity(home / "shop") == "~/shop"


def test_what_cannot_be_read_has_no_remote(home: Path, monkeypatch: pytest.MonkeyPatch):
    shop = repository(home / "shop", "https://github.com/acme/shop")
    (shop / ".git/config").unlink()
    (shop / ".git/config").mkdir()
    assert identity(shop) == "~/shop"
    (shop / ".git/config").rmdir()
    os.mkfifo(shop / ".git/config")  # To open it would wait for a writer.
    assert identity(shop) == "~/shop"
    shutil.rmtree(shop / ".git")
    os.mkfifo(shop / ".git")
    assert identity(shop) == ""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_of_git_without_the_right_to_read_it_is_a_repository(home: Path):
    shop = repository(home / "shop", "https://github.com/acme/shop")
    (shop / ".git").chmod(0)
    try:
        assert identity(shop) == "~/shop"
    finally:
        (shop / ".git").chmod(0o700)


def test_a_folder_that_never_answers_is_read_by_its_path(home: Path, monkeypatch: pytest.MonkeyPatch):
    answer = threading.Event()
    monkeypatch.setattr(module, "_looked_up", lambda folder, home: answer.wait(60) and NOWHERE)
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    try:
        assert identity("/net/filer/dev/shop/.claude/worktrees/x") == "/net/filer/dev/shop"
    finally:
        answer.set()


def test_nothing_is_looked_for_above_a_home_or_where_git_is_told_to_stop(home: Path, monkeypatch: pytest.MonkeyPatch):
    repository(home.parent)
    (home / "dev/shop").mkdir(parents=True)
    assert identity(home / "dev/shop") == ""
    repository(home / "dev")
    assert identity(home / "dev/shop") == "~/dev"
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(home / "dev"))
    assert identity(home / "dev/shop") == ""


def test_a_host_names_the_folder_that_it_is_opened_in(home: Path, monkeypatch: pytest.MonkeyPatch):
    shop = repository(home / "shop")
    blog = repository(home / "blog")
    monkeypatch.chdir(blog)
    for host in ({"CLAUDE_PROJECT_DIR": str(shop)}, {"WORKSPACE_FOLDER_PATHS": f"{home / 'none'},{shop}"},
                  {"WORKSPACE_FOLDER_PATHS": f'["{shop}"]'}, {"GEMINI_PROJECT_DIR": str(shop)}):  # fmt: skip
        assert place_of(folder_of_process(host)).identity == "~/shop"
    others: Mapping[str, str] = {"CLAUDE_PROJECT_DIR": str(home), "CURSOR_PROJECT_DIR": "${workspaceFolder}"}
    assert place_by_host(others) == NOWHERE
    assert place_of(folder_of_process(others)).identity == "~/blog"


def test_projects_are_called_by_their_last_name_and_by_more_where_two_share_it():
    short = titles([SHOP, "github.com/me/shop", "~/blog", "c:/users/dev/site", "alone"], {"~/blog": "Blog"})
    assert short == {SHOP: "acme/shop", "github.com/me/shop": "me/shop", "~/blog": "Blog", "c:/users/dev/site": "site",
                     "alone": "alone"}  # fmt: skip
    assert titles(["~/shop", "/srv/shop", "shop"]) == {"~/shop": "~/shop", "/srv/shop": "/srv/shop", "shop": "shop"}


def test_asking_loads_nothing_heavy():
    heavy = "{'pydantic', 'numpy', 'subprocess', 'apsw'}"
    check = f"import sys, memp.light.project; sys.exit(bool({heavy} & {{*sys.modules}}))"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0
