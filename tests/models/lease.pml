/* SPDX-License-Identifier: Apache-2.0 */
/* Who leads: two instances, the lease in the database, and a change that lowers on its way to Stax.
   Names are the code's: store/lease, shared_take, renew, shared_write, time_change of the engine.
   Time is counted in steps of about four seconds by one clock that goes on while an instance
   sleeps: LEASE is the lease, NEEDED what must be left of it when a change leaves, and as long is
   an answer waited for. The taking may not be answered, or the records not; a process that has not
   led takes the lease again by its mark. A macro plants a mistake; see run. */

#define LEASE 4
#define NEEDED 2

mtype:role = { STANDS_BY, LEADS, ENDED };

/* the database */
byte epoch, until;             /* of the lease: which, and what is left of it */
byte mark, marks;              /* of the process that took it; so many were given */
bool approved = true, change_begun, change_ended;

/* each instance */
byte my_mark[2];               /* the process's lease_claim; 0: none, or it has led */
byte unheard = 2;
mtype:role role[2] = STANDS_BY;
byte my_epoch[2], held[2];     /* lease_left_ms: counted from before the renewal was asked for */
bool asleep[2], sends[2], begun[2]; /* begun: by its own copy of the records */
byte stops = 2, sleeps = 2;

/* on its way to Stax */
bool put_sent;
byte put_epoch, put_left;      /* whose it is, and how much longer it may be on its way */
byte puts;
byte time_passed;

#define AWAKE(i) (!asleep[i] && role[i] != ENDED)

#ifdef MARK_IS_THE_NAME
#define NEW_MARK(i) (i + 1)
#else
#define NEW_MARK(i) (marks + 1)
#endif
#define IS_MINE(i) (my_mark[i] != 0 && mark == my_mark[i])
#ifdef LED_AND_TAKES_IT_AGAIN
#define MAY_TAKE(i) (role[i] == STANDS_BY || IS_MINE(i))
#else
#define MAY_TAKE(i) (role[i] == STANDS_BY)
#endif

inline shared_take(i) {
    atomic {
        AWAKE(i) && MAY_TAKE(i) && (until == 0 || IS_MINE(i)) ->
        if :: my_mark[i] == 0 -> my_mark[i] = NEW_MARK(i); marks++ :: else fi;
        epoch++; until = LEASE; mark = my_mark[i];
        if
        :: unheard > 0 -> unheard--
        ::
#ifdef LED_AND_TAKES_IT_AGAIN
            if :: role[i] == LEADS -> my_mark[i] = 0 :: else fi; /* once is enough */
#else
            my_mark[i] = 0;
#endif
            my_epoch[i] = epoch; held[i] = LEASE; role[i] = LEADS;
            sends[i] = false;
            begun[i] = change_begun
        fi
    }
}

/* A process begins anew, and nothing that the one before had is its own. */
inline begins(i) {
#ifdef MARK_IS_THE_NAME
    my_mark[i] = NEW_MARK(i)
#else
    my_mark[i] = 0
#endif
}

inline renew(i) {
    atomic {
        AWAKE(i) && role[i] == LEADS ->
        if
        :: my_epoch[i] == epoch -> until = LEASE; held[i] = LEASE
        :: else -> role[i] = ENDED
        fi
    }
}

/* The decision is a commit, and a commit has an epoch. */
inline fact_change_begun(i) {
    atomic {
        AWAKE(i) && role[i] == LEADS && approved && !begun[i] ->
        if
#ifdef COMMIT_WITHOUT_EPOCH
        :: true -> assert(!change_begun); change_begun = true; begun[i] = true; sends[i] = true
#else
        :: my_epoch[i] == epoch ->
            assert(!change_begun); change_begun = true; begun[i] = true; sends[i] = true
        :: else -> role[i] = ENDED
#endif
        fi
    }
}

inline change_leaves(i) {
    atomic {
#ifdef LEASE_IS_NOT_LOOKED_AT
        AWAKE(i) && role[i] == LEADS && sends[i] && !put_sent ->
#else
        AWAKE(i) && role[i] == LEADS && sends[i] && !put_sent && held[i] >= NEEDED ->
#endif
        sends[i] = false; put_sent = true; put_epoch = my_epoch[i]; put_left = NEEDED; puts++;
        assert(puts == 1)
    }
}

/* What was begun and is not known to have left is looked for, and never sent again by whoever takes
   over: core/controller, in switch.pml. */
inline change_given_up(i) {
    atomic {
        AWAKE(i) && role[i] == LEADS && sends[i] && held[i] < NEEDED ->
        sends[i] = false; change_ended = true
    }
}

inline stops_for_good(i) {
    atomic {
        role[i] != ENDED && stops > 0 ->
        stops--; role[i] = STANDS_BY; my_epoch[i] = 0; held[i] = 0; sends[i] = false; begins(i)
    }
}

inline sleeps_or_wakes(i) {
    atomic {
        if
        :: !asleep[i] && sleeps > 0 -> sleeps--; asleep[i] = true
        :: asleep[i] -> asleep[i] = false
        fi
    }
}

proctype instance(byte i) {
    do
    :: shared_take(i)
    :: renew(i)
    :: fact_change_begun(i)
    :: change_leaves(i)
    :: change_given_up(i)
    :: stops_for_good(i)
    :: sleeps_or_wakes(i)
    :: atomic { role[i] == ENDED && !asleep[i] -> role[i] = STANDS_BY; begins(i) }
    od
}

active proctype stax() {
    do
    :: atomic { put_sent ->
        put_sent = false;
        /* a lift by an older epoch: another instance leads already when it takes effect */
        assert(put_epoch == epoch)
    }
    od
}

active proctype clock() {
    do
    :: atomic { time_passed < 12 ->
        time_passed++;
        if :: until > 0 -> until-- :: else fi;
        if :: held[0] > 0 -> held[0]-- :: else fi;
        if :: held[1] > 0 -> held[1]-- :: else fi;
        if
#ifdef ANSWER_IS_WAITED_FOR
#else
        :: put_sent && put_left <= 1 -> put_sent = false
        :: put_sent && put_left > 1 -> put_left--
#endif
        :: else
        fi
    }
    :: atomic { time_passed == 12 -> break }
    od
}

init { atomic { run instance(0); run instance(1) } }
