"""Expected outcomes cross a border by their code, so no two classes may have the same one."""

import importlib
import pkgutil

import stoa.kit
import stoa.services
from stoa.kit.portwords import doubled_codes


def test_every_code_of_an_error_belongs_to_one_class() -> None:
    for package in (stoa.kit, stoa.services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2] in ("contract", "errors", "blobs", "mail", "jobs"):
                importlib.import_module(module.name)  # every contract there is

    doubled = {code: names for code, names in doubled_codes().items() if all(".tests." not in name for name in names)}

    assert doubled == {}
