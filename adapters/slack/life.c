/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/slack/life.h"

const char *const slack_life_names[SLACK_LIVES] = {
    [SLACK_NEW] = "new",         [SLACK_IDENTIFIED] = "identified", [SLACK_DECIDED] = "decided",
    [SLACK_DOUBTED] = "doubted", [SLACK_STOPPED] = "stopped",
};

bool slack_life_decided(enum slack_life life)
{
    return life == SLACK_DECIDED || life == SLACK_DOUBTED;
}

bool slack_life_identified(enum slack_life life)
{
    return life == SLACK_IDENTIFIED || life == SLACK_DECIDED;
}

enum slack_life slack_life_after(enum slack_life life, enum slack_step step)
{
    bool decided = slack_life_decided(life);
    if (life == SLACK_STOPPED)
        return life;
    switch (step) {
    case SLACK_NAMED: return decided ? SLACK_DECIDED : SLACK_IDENTIFIED;
    case SLACK_JUDGED: return slack_life_identified(life) ? SLACK_DECIDED : SLACK_DOUBTED;
    case SLACK_DOUBT: return decided ? SLACK_DOUBTED : SLACK_NEW;
    case SLACK_STOP: return SLACK_STOPPED;
    case SLACK_STEPS: break;
    }
    return life;
}
