# SPDX-License-Identifier: Apache-2.0
"""Options structs as command-line flags: one field, one flag, of every type."""

import argparse
from enum import Enum
from typing import Annotated, Any, Literal

import pytest

from levada.core import flags
from levada.core.errors import OptionError
from levada.core.stages import Flag, Options


class Colour(Enum):
    """An enumeration of texts."""

    RED = "red"
    BLUE = "blue"


class Every(Options, frozen=True, kw_only=True):
    """One option of every type."""

    model: Annotated[str, Flag("what to train", positional=True)]
    clock_mhz: Annotated[float, Flag("the clock", name="--clock", metavar="MHZ")] = 200.0
    cards: Annotated[Literal[1, 2, 3], Flag("how many")] = 3
    limit: Annotated[tuple[str, ...], Flag("a limit; 80 % is usual")] = ()
    fps: Annotated[int | None, Flag("a rate")] = None
    colour: Annotated[Colour, Flag("a colour")] = Colour.RED
    exact: Annotated[bool, Flag("no rounding")] = False
    checked: Annotated[bool, Flag("check it")] = True


def parse(*arguments: str) -> Any:
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    flags.add_to(parser, Every)
    return flags.from_arguments(Every, parser.parse_args(["net", *arguments]))


def help_text() -> str:
    parser = argparse.ArgumentParser()
    flags.add_to(parser, Every)
    return " ".join(parser.format_help().split())


def test_what_is_not_given_keeps_its_default():
    assert parse() == Every(model="net")


def test_a_flag_may_have_a_name_of_its_own():
    assert parse("--clock", "150").clock_mhz == 150.0


def test_underscores_become_dashes():
    field = next(field for field in flags.fields(Every) if field.name == "exact")
    assert field.flag == "--exact"


def test_a_literal_of_numbers_is_parsed_as_numbers():
    assert parse("--cards", "2").cards == 2


def test_a_value_outside_the_choices_is_refused():
    with pytest.raises(argparse.ArgumentError, match="invalid choice: 4"):
        parse("--cards", "4")


def test_a_tuple_is_a_flag_that_may_be_repeated():
    assert parse("--limit", "bram=0.8", "--limit", "lut=0.5").limit == ("bram=0.8", "lut=0.5")


def test_an_optional_value_is_of_its_type():
    assert parse("--fps", "30").fps == 30


def test_an_enumeration_is_chosen_by_its_value():
    assert parse("--colour", "blue").colour is Colour.BLUE


def test_a_truth_that_is_off_is_switched_on():
    assert parse("--exact").exact is True


def test_a_truth_that_is_on_can_be_switched_off():
    assert parse("--no-checked").checked is False


def test_a_text_where_a_number_is_meant_is_refused():
    with pytest.raises(argparse.ArgumentError, match="invalid int value: 'many'"):
        parse("--fps", "many")


def test_help_names_defaults():
    assert "the clock (default: 200.0)" in help_text()
    assert "a colour (default: red)" in help_text()


def test_help_may_hold_a_percent_sign():
    assert "80 % is usual" in help_text()


def test_values_of_a_flow_are_converted():
    assert flags.from_values(Every, {"model": "net", "cards": "2", "fps": "30", "exact": "true"}, "flow") == Every(
        model="net", cards=2, fps=30, exact=True
    )


def test_an_unknown_option_lists_the_known_ones():
    with pytest.raises(OptionError, match="flow: no option 'speed'; there are cards, checked, clock_mhz"):
        flags.from_values(Every, {"model": "net", "speed": 3}, "flow")


def test_a_stage_without_options_says_so():
    with pytest.raises(OptionError, match="no option 'speed'; there are none"):
        flags.from_values(Options, {"speed": 3}, "flow")


def test_a_missing_option_is_named():
    with pytest.raises(OptionError, match="flow: Object missing required field `model`"):
        flags.from_values(Every, {}, "flow")


def test_a_value_of_the_wrong_type_is_named_with_its_place():
    with pytest.raises(OptionError, match=r"Expected `float`, got `str` - at `\$.clock_mhz`"):
        flags.from_values(Every, {"model": "net", "clock_mhz": "fast"}, "flow")
