# SPDX-License-Identifier: Apache-2.0
"""Options in every shape that a stage may give them: positional, repeated, of several types, with and without default."""

import argparse
from enum import Enum
from typing import Annotated, Literal

import pytest

from levada.core import flags
from levada.core.errors import OptionError
from levada.core.stages import Flag, Options


class Mode(Enum):
    """Two ways."""

    FRAMED = "framed"
    PLAIN = "plain"


def parse(options, *arguments):
    """Return the options of these arguments."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    flags.add_to(parser, options)
    return flags.from_arguments(options, parser.parse_args(arguments))


def one(kind, *default, **settings):
    """Return an Options struct with the single field ``value``."""
    namespace = {"__annotations__": {"value": Annotated[kind, Flag("a value", **settings)]}, "__module__": __name__}
    if default:
        namespace["value"] = default[0]
    return type(Options)("One", (Options,), namespace, frozen=True, kw_only=True)


def refusal(options, *arguments):
    """Return what a user reads who gives these arguments."""
    with pytest.raises((argparse.ArgumentError, OptionError, SystemExit)) as caught:
        parse(options, *arguments)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------- positional


def test_a_positional_option_stands_alone():
    assert parse(one(str, positional=True), "net").value == "net"


def test_a_positional_option_without_default_is_required():
    assert refusal(one(str, positional=True))


def test_a_positional_option_with_default_may_be_left_out():
    assert parse(one(str, "net", positional=True)).value == "net"


def test_a_positional_number_is_a_number():
    assert parse(one(int, positional=True), "7").value == 7


def test_a_positional_number_that_is_none_is_refused():
    assert "Expected `int`, got `str`" in refusal(one(int, positional=True), "seven")


def test_positional_options_may_be_many():
    assert parse(one(tuple[str, ...], positional=True), "a", "b").value == ("a", "b")


def test_many_positional_options_without_default_are_one_at_least():
    assert refusal(one(tuple[str, ...], positional=True))


def test_many_positional_options_with_default_may_be_none():
    assert parse(one(tuple[str, ...], (), positional=True)).value == ()


def test_a_positional_choice_is_checked():
    options = one(Literal["bram", "uram"], positional=True)
    assert parse(options, "uram").value == "uram"
    assert "Invalid enum value 'dram'" in refusal(options, "dram")


def test_a_positional_option_is_shown_by_its_name():
    parser = argparse.ArgumentParser()
    flags.add_to(parser, one(str, positional=True, metavar="MODEL"))
    assert "MODEL" in parser.format_help()


# ---------------------------------------------------------------------------------------------------- flags


def test_a_flag_without_default_is_required():
    assert refusal(one(str))


def test_a_repeated_number_is_a_tuple_of_numbers():
    assert parse(one(tuple[int, ...], ()), "--value", "1", "--value", "2").value == (1, 2)


def test_a_repeated_flag_that_is_not_given_keeps_its_default():
    assert parse(one(tuple[str, ...], ("a",))).value == ("a",)


def test_a_repeated_flag_replaces_its_default():
    assert parse(one(tuple[str, ...], ("a",)), "--value", "b").value == ("b",)


def test_a_list_is_repeated_too():
    assert parse(one(list[str], []), "--value", "b").value == ["b"]


def test_a_default_may_be_made_anew():
    (field,) = flags.fields(one(list[str], []))
    assert field.default == []


@pytest.mark.parametrize(("text", "value"), [("3", 3), ("auto", "auto")])
def test_a_number_or_a_word_takes_both(text, value):
    assert parse(one(int | str, "auto"), "--value", text).value in (value, text)


def test_what_may_be_missing_may_be_left_out():
    assert parse(one(float | None, None)).value is None


def test_what_may_be_missing_is_converted_where_it_is_given():
    assert parse(one(float | None, None), "--value", "1.5").value == 1.5


@pytest.mark.parametrize("mode", list(Mode))
def test_an_enumeration_is_chosen_by_its_words(mode):
    assert parse(one(Mode, Mode.FRAMED), "--value", mode.value).value is mode


def test_an_enumeration_lists_its_words():
    assert "framed" in refusal(one(Mode, Mode.FRAMED), "--value", "bare")


def test_an_enumerations_default_is_shown_as_a_word():
    parser = argparse.ArgumentParser()
    flags.add_to(parser, one(Mode, Mode.FRAMED))
    assert "(default: framed)" in parser.format_help()


@pytest.mark.parametrize("value", ["", False, None, ()])
def test_a_default_that_says_nothing_is_not_shown(value):
    kinds = {"": str, False: bool, None: str | None, (): tuple[str, ...]}
    parser = argparse.ArgumentParser()
    flags.add_to(parser, one(kinds[value], value))
    assert "default" not in parser.format_help()


def test_a_number_is_a_flag_of_its_type():
    assert "invalid float value: 'fast'" in refusal(one(float, 1.0), "--value", "fast")


def test_a_truth_takes_no_value():
    assert parse(one(bool, False), "--value").value is True


def test_a_truth_that_is_on_may_be_said_again():
    assert parse(one(bool, True), "--value").value is True


def test_the_last_of_two_single_flags_counts():
    assert parse(one(str, "a"), "--value", "b", "--value", "c").value == "c"


@pytest.mark.parametrize(("metavar", "shown"), [(None, "{bram,uram}"), ("STORE", "STORE")])
def test_choices_are_shown_unless_a_word_stands_for_them(metavar, shown):
    parser = argparse.ArgumentParser()
    flags.add_to(parser, one(Literal["bram", "uram"], "bram", metavar=metavar))
    assert f"--value {shown}" in parser.format_help()


def test_a_value_is_shown_by_the_name_of_its_option():
    parser = argparse.ArgumentParser()
    flags.add_to(parser, one(float, 1.0))
    assert "--value VALUE" in parser.format_help()


# --------------------------------------------------------------------------------------------------- fields


def field(kind, *default, **settings):
    (found,) = flags.fields(one(kind, *default, **settings))
    return found


def test_a_field_says_whether_it_names_a_file():
    assert field(str, file=True).file
    assert not field(str).file


def test_a_field_says_whether_it_is_required():
    assert field(str).required
    assert not field(str, "x").required


def test_a_field_keeps_its_flag_and_metavar():
    found = field(float, 1.0, name="--clock", metavar="MHZ")
    assert (found.flag, found.metavar) == ("--clock", "MHZ")


def test_a_field_knows_its_choices():
    assert sorted(field(Literal["a", "b"], "a").choices) == ["a", "b"]
    assert sorted(field(Mode, Mode.PLAIN).choices) == ["framed", "plain"]
    assert field(str, "a").choices == ()


def test_a_flag_around_a_type_that_may_be_missing_is_found():
    class Some(Options, frozen=True, kw_only=True):
        value: Annotated[str, Flag("a file", file=True)] | None = None

    (found,) = flags.fields(Some)
    assert (found.file, found.help) == (True, "a file")


def test_an_option_without_flag_has_no_help():
    class Some(Options, frozen=True, kw_only=True):
        value: str = ""

    (found,) = flags.fields(Some)
    assert (found.help, found.flag) == ("", "--value")


def test_fields_are_in_the_order_they_were_written():
    class Some(Options, frozen=True, kw_only=True):
        zebra: str = ""
        ant: str = ""

    assert [found.name for found in flags.fields(Some)] == ["zebra", "ant"]
