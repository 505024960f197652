# SPDX-License-Identifier: Apache-2.0
"""Which tests of tests/e2e run in a Matrix room too. A new test there runs here by itself, unless it uses what only Slack has."""
import types

MODULES = ("case", "identity", "stax", "recovery", "operator")
# What the sandbox's Slack does, forms, and what only one person sees there.
SLACK_VERBS = {"slack", "submit", "private"}
# Tests that look at Slack's notation or at ids of Slack people. Each has its counterpart in tests/matrix.
SLACK_ONLY = {
    "case": {"test_unfinished_lift_in_a_mention_is_answered_with_an_example", "test_warned_then_overdue_with_escalation_until_proved", "test_hostile_reason_is_inert",
             "test_direct_message_has_the_same_verbs", "test_done_works_from_another_channel", "test_decline_with_reason", "test_questions", "test_until_is_read_by_the_clock_of_whoever_asks"},
    "identity": {"test_mapped_person_who_became_a_guest", "test_mapped_person_who_was_deactivated", "test_mapped_bot", "test_second_chat_account_of_the_requester",
                 "test_id_mapped_twice_is_refused"},
    "stax": set(), "recovery": {"test_store_that_cannot_grow_acknowledges_nothing_alarms_and_recovers"},
}
# The operator's tools do not depend on the chat; these reach into cases.
OPERATOR = {"test_restore_through_the_daemon", "test_restore_without_a_daemon", "test_sigterm_ends_within_five_seconds_also_during_a_lift",
            "test_sighup_reloads_and_a_broken_file_changes_nothing"}


def runs_in_matrix(module, name, function):
    if module == "operator":
        return name in OPERATOR
    return name not in SLACK_ONLY[module] and not needs_slack(function.__code__)


def needs_slack(code):
    if SLACK_VERBS & set(code.co_names):
        return True
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType) and needs_slack(constant) or isinstance(constant, str) and constant.startswith("slack."):
            return True
    return False
