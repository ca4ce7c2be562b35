"""JSON values of other programs' logs."""

import pytest

from memp_clients.json_values import folder_name


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/home/me/shop", "shop"), ("/home/me/shop/", "shop"), (r"C:\Users\me\shop", "shop"), ("shop", "shop"),
        ("/", None), ("C:\\", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_path_of_any_system_has_a_last_name_or_none(folder: str | None, name: str | None):
    assert folder_name(folder) == name
