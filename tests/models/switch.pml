/* SPDX-License-Identifier: Apache-2.0 */
/* The controller of the one switch and the ballot of its one question, against a Stax that refuses,
   loses answers, lets tasks fail and answers late, people who answer, take back and press what is
   old, somebody at the console, and a process that stops at any point. Names are the code's: phases
   and inlines of core/guardrail and core/controller, kinds of facts, core/question and core/ballot.
   Instants are left out: "asked for after" is one bit of the read in flight, cleared by
   start_afresh; verify_gap is two reads. A macro plants a mistake; see run. */

#ifndef STOPS
#define STOPS 1
#endif
#ifndef FAULTS
#define FAULTS 2
#endif

mtype:watch = { UNKNOWN, ON, OFF };
mtype:state = { WAITING, LIFTING, LIFTED, RESTORING, CLOSED };
mtype:phase = { CHANGE_NONE, CHANGE_BEGUN, CHANGE_FOLLOWING, CHANGE_OPEN };
mtype:task = { TASK_NONE, TASK_RUNNING, TASK_SUCCEEDED, TASK_FAILED };
mtype:outcome = { NOT_YET, ACCEPTED, REFUSED, MOVED, LOST };

/* Stax */
bool flag_on = true, task_on;   /* the flag; what the task makes of it */
byte modified;                 /* which document it is */
mtype:task task = TASK_NONE;
byte faults = FAULTS, put_backs = 1;
/* what is on its way to it and back */
bool put_sent, put_on;
byte put_modified;             /* the document right before the change */
mtype:outcome outcome = NOT_YET;
bool survey, survey_done, survey_counts;
mtype:watch survey_says = UNKNOWN;
byte survey_modified;
mtype:task survey_task = TASK_NONE;

/* the switch */
mtype:phase phase = CHANGE_NONE;
bool change_on, seen_fresh, survey_fresh;
mtype:watch seen = UNKNOWN, agreeing = UNKNOWN, proved = UNKNOWN;
byte reads, modified_before, seen_modified;
/* the case and its question */
mtype:state state = WAITING;
bool change_begun, shaken, failing, approved;
byte handle = 1;
byte inquiry;                  /* the question that an answer under way was given to; 0: none */
byte stops = STOPS, second_thoughts = 1;

/* What really is, for the properties. */
byte lowered;                  /* changes of ours that switched it off, on the one approval */
byte approval_of;              /* the question that the standing approval was given to */
bool stands;                   /* the reaction stands */
byte fresh_on;                 /* reads in a row that said on, all asked for after our last change */
bool survey_really_fresh;
bool put_back_wanted;          /* somebody said done, or the lift went wrong */

inline start_afresh() {
    agreeing = UNKNOWN; reads = 0; seen_fresh = false;
#ifndef STALE_READ_COUNTS
    survey_fresh = false;
#endif
}

inline begin_change(on) {
    phase = CHANGE_BEGUN; change_on = on; put_sent = true; put_on = on; outcome = NOT_YET;
    modified_before = seen_modified;
    start_afresh();
    survey_really_fresh = false; fresh_on = 0;
    if
    :: !on -> change_begun = true; shaken = false;
        assert(state == LIFTING && approved && stands && approval_of == handle)
    :: else
    fi
}

inline back_to_waiting() {
    if
    :: state == LIFTING && !change_begun -> state = WAITING
    :: else
    fi
}

inline fact_ended(fails) {
    state = RESTORING; failing = fails; put_back_wanted = true; proved = UNKNOWN; fresh_on = 0;
    survey_really_fresh = false;
    start_afresh()
}

/* CHANGE_REFUSED and CHANGE_VOID; what was taken back meanwhile waits again. */
inline fact_change_came_to_nothing() {
    phase = CHANGE_NONE; start_afresh();
    if
    :: !change_on -> change_begun = false;
        if
        :: shaken -> back_to_waiting()
        :: else
        fi
    :: else
    fi
}

inline fact_change_unknown() {
    start_afresh();
#ifdef LOST_IS_SENT_AGAIN
    phase = CHANGE_NONE;
    if
    :: !change_on -> change_begun = false
    :: else
    fi
#else
    phase = CHANGE_OPEN
#endif
}

inline give_up_lift() {
    if
    :: state == LIFTING -> fact_ended(true)
    :: else
    fi
}

inline guardrail_changed() {
    put_sent = false; fresh_on = 0; survey_really_fresh = false;
    if
    :: outcome == ACCEPTED -> phase = CHANGE_FOLLOWING; modified_before = put_modified; start_afresh()
    :: outcome == LOST -> modified_before = put_modified; fact_change_unknown()
    :: outcome == MOVED -> fact_change_came_to_nothing()
    :: outcome == REFUSED ->
#ifdef RAISE_IS_TRIED_ONCE
        if
        :: change_on -> phase = CHANGE_FOLLOWING
        :: else -> fact_change_came_to_nothing()
        fi
#else
        fact_change_came_to_nothing()
#endif
    fi;
    outcome = NOT_YET
}

inline follow_task() {
    if
    :: phase == CHANGE_FOLLOWING && survey_task == TASK_SUCCEEDED ->
        phase = CHANGE_NONE; task = TASK_NONE; start_afresh();
#ifdef TASK_IS_PROOF
        proved = (change_on -> ON : OFF)
#endif
    :: phase == CHANGE_FOLLOWING && survey_task == TASK_FAILED ->
        phase = CHANGE_NONE; task = TASK_NONE; start_afresh();
        if
        :: !change_on -> give_up_lift()
        :: else
        fi
    :: else
    fi
}

inline apply_saw() {
    seen = survey_says; seen_fresh = survey_fresh; seen_modified = survey_modified;
    if
    :: seen != UNKNOWN && survey_counts && survey_fresh ->
        if
        :: agreeing == seen && reads < 2 -> reads++
        :: agreeing == seen && reads >= 2 -> skip
        :: else -> agreeing = seen; reads = 1
        fi
    :: else -> agreeing = UNKNOWN; reads = 0
    fi;
    if
    :: survey_says == ON && survey_counts && survey_really_fresh && fresh_on < 2 -> fresh_on++
    :: survey_says == ON && survey_counts && survey_really_fresh && fresh_on >= 2 -> skip
    :: else -> fresh_on = 0
    fi
}

inline guardrail_surveyed() {
    apply_saw();
    follow_task();
    survey = false; survey_done = false
}

#define agreed ((phase == CHANGE_NONE || phase == CHANGE_OPEN) && reads >= 2)
#define no_effect (agreed && (agreeing == ON) != change_on)
#ifdef PUT_BACK_UNNOTICED
#define put_back false
#else
#define put_back (!change_on && state == LIFTING && seen_modified != modified_before)
#endif

inline prove() {
    if
    :: phase == CHANGE_OPEN && no_effect && put_back -> give_up_lift(); phase = CHANGE_NONE
    :: phase == CHANGE_OPEN && no_effect && !put_back -> fact_change_came_to_nothing()
    :: else -> proved = agreeing; phase = CHANGE_NONE
    fi
}

inline fact_restored() {
    assert(fresh_on >= 2);
    state = CLOSED
}

/* What follows from the state itself; a turn goes on until there is none of it. */
#define begins_lift (state == WAITING && approved)
#define is_lifted (state == LIFTING && proved == OFF && phase == CHANGE_NONE)
#define is_restored (proved == ON && (state == LIFTED || (state == RESTORING && phase == CHANGE_NONE)))
#define is_proved (agreed && (agreeing != proved || phase == CHANGE_OPEN) && state != CLOSED)
#define may_lower (state == LIFTING && !change_begun && phase == CHANGE_NONE && !survey && seen == ON && seen_fresh && reads > 0)
#define may_raise (state == RESTORING && seen == OFF && seen_fresh && (phase == CHANGE_NONE || \
                   ((phase == CHANGE_FOLLOWING || phase == CHANGE_OPEN) && !change_on)))
#define settled (!begins_lift && !is_lifted && !is_restored && !is_proved && !may_lower && !may_raise)
#define wants_read (!survey && state != CLOSED && state != WAITING || !survey && phase != CHANGE_NONE)

active proctype reguard() {
end:
    do
    :: atomic { is_proved -> prove() }
    :: atomic { begins_lift && !is_proved -> state = LIFTING; proved = UNKNOWN; start_afresh() }
    :: atomic { is_lifted && !is_proved ->
        if
        :: change_begun -> state = LIFTED
        :: else -> state = CLOSED /* FACT_REFUSED: it was lifted outside meanwhile */
        fi }
    :: atomic { is_restored && !is_proved -> fact_restored() }
    :: atomic { may_lower && !is_proved -> begin_change(false) }
    :: atomic { may_raise && !is_proved -> begin_change(true) }
    /* events: guardrail_changed, guardrail_surveyed, approve_settle */
    :: atomic { settled && put_sent && outcome != NOT_YET -> guardrail_changed() }
    :: atomic { settled && !(put_sent && outcome != NOT_YET) && survey && survey_done -> guardrail_surveyed() }
    :: atomic { settled && inquiry ->
        if
#ifdef ANSWER_MOVES_ON
        :: state == WAITING && !approved -> approved = true; approval_of = inquiry; stands = true
#else
        :: state == WAITING && !approved && inquiry == handle -> approved = true; approval_of = inquiry; stands = true
#endif
        :: else
        fi;
        inquiry = 0 }
    /* send_survey */
    :: atomic { settled && wants_read -> survey = true; survey_done = false; survey_fresh = true; survey_really_fresh = true }
    /* stopped and started: what was under way has no answer any more */
    :: atomic { settled && stops > 0 -> stops--; survey = false; survey_done = false; seen_fresh = false; inquiry = 0;
        if
        :: phase == CHANGE_BEGUN ->
            put_sent = false; outcome = NOT_YET; fact_change_unknown(); fresh_on = 0
        :: else
        fi }
    od
}

inline take_effect(on) {
    if
    :: flag_on != on -> flag_on = on; modified++;
        if
        :: !on -> lowered++; assert(lowered <= 1)
        :: else
        fi
    :: else
    fi
}

active proctype changes() {
end:
    do
    /* a change: refused, lost before or after its effect, or accepted with a task */
    :: atomic { put_sent && outcome == NOT_YET ->
        put_modified = modified;
        if
        :: flag_on == put_on -> outcome = MOVED
        :: flag_on != put_on && task == TASK_RUNNING -> outcome = REFUSED
        :: flag_on != put_on && task != TASK_RUNNING ->
            if
            :: faults > 0 -> faults--; outcome = REFUSED
            :: faults > 0 -> faults--; outcome = LOST
            :: faults > 0 -> faults--; take_effect(put_on); outcome = LOST
            :: faults > 0 -> faults--; task = TASK_RUNNING; task_on = put_on; outcome = LOST
            :: task = TASK_RUNNING; task_on = put_on; outcome = ACCEPTED
            fi
        fi }
    od
}

active proctype tasks() {
end:
    do
    :: atomic { task == TASK_RUNNING ->
        if
        :: take_effect(task_on); task = TASK_SUCCEEDED
        :: faults > 0 -> faults--; task = TASK_FAILED
        fi }
    od
}

active proctype answers() {
end:
    do
    /* a read: what it says is of now; the answer may come much later. Only an active service counts. */
    :: atomic { survey && !survey_done ->
        survey_task = task; survey_modified = modified; survey_counts = (task != TASK_RUNNING);
        if
        :: survey_says = (flag_on -> ON : OFF)
        :: faults > 0 -> faults--; survey_says = UNKNOWN; survey_task = TASK_NONE
        fi;
        survey_done = true }
    od
}

active proctype people() {
end:
    do
    /* an answer, also in a message of the question before this one */
    :: atomic { settled && state == WAITING && !inquiry && !approved -> inquiry = handle }
    :: atomic { settled && state == WAITING && !inquiry && !approved && handle > 1 -> inquiry = handle - 1 }
    /* the question is closed and asked anew while an answer is looked into */
    :: atomic { settled && state == WAITING && !approved && handle == 1 -> handle = 2 }
    /* decide_unreacted */
    :: atomic { settled && approved && second_thoughts > 0 && (state == WAITING || state == LIFTING) ->
        second_thoughts--; stands = false; shaken = change_begun;
#ifdef TAKEN_BACK_IS_KEPT
        skip
#else
        approved = false; back_to_waiting()
#endif
        }
    /* done */
    :: atomic { settled && state == LIFTED -> fact_ended(false) }
    :: atomic { settled && state == LIFTING && change_begun -> fact_ended(true) }
    od
}

active proctype console() {
end:
    do
    :: atomic { put_backs > 0 && !flag_on -> put_backs--; flag_on = true; modified++ }
    od
}

/* If it is asked to restore, and Stax answers in the end, it is proved on. */
ltl restored { [] (put_back_wanted -> <> (proved == ON)) }
