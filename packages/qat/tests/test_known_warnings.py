# SPDX-License-Identifier: Apache-2.0
import warnings

import pytest

from levada.qat.known_warnings import HARMLESS, known_warnings


@pytest.mark.parametrize(("text", "category"), HARMLESS)
def test_what_is_known_is_silent(text, category):
    with known_warnings():
        warnings.warn(f"{text}, and more", category, stacklevel=1)


def test_what_is_unknown_is_heard():
    with pytest.warns(UserWarning, match="something new"), known_warnings():
        warnings.warn("something new", UserWarning, stacklevel=1)


def test_the_layers_import_without_a_warning(import_warnings):
    assert [str(warning.message) for warning in import_warnings] == []
