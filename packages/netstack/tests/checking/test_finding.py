# SPDX-License-Identifier: Apache-2.0
from levada.netstack.checking.finding import finding, repeated


def test_a_rule_that_holds_says_what_is_proven():
    assert finding([], "all is well").detail() == "all is well"


def test_a_rule_that_is_broken_says_what_is_wrong():
    assert finding(["a", "b"], "all is well").detail() == "a; b"


def test_five_problems_are_listed():
    assert finding("abcde", "").detail() == "a; b; c; d; e"


def test_more_are_counted():
    assert finding("abcdefg", "").detail() == "a; b; c; d; e; and 2 more"


def test_what_occurs_twice_is_found_once():
    assert repeated(["a", "b", "a", "a"]) == ("a",)


def test_what_occurs_once_is_not_repeated():
    assert repeated(["a", "b"]) == ()
