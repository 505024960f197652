/* The playground: a page in the browser on a loopback listener of its own, and the bot as the
   sandbox's child. page.c answers, page_guard.c decides who may ask, page_live.c pushes, page_bot.c
   and page_audit.c run the bot's program. */
#ifndef SANDBOX_PAGE_H
#define SANDBOX_PAGE_H

#include "tests/sandbox/net/gateway.h"

#include <sys/types.h>

/* ---- page.c ---- */
/* The page is served from now on, at this port; what it shows comes from services. False when no
   token could be drawn. */
bool page_begin(int port, const struct services *);
/* NULL without a page. */
const char *page_address(void);
void page_end(void);
/* Every request of the page's listener. */
void page_handle(const struct services *, const struct web_request *, struct web_reply *);
/* Whose WebSocket the path is, on that listener; NULL: none. */
const struct web_socket_service *page_socket(const char *path);
/* The ticks that the parts below live on; several calls are one. */
void page_tick_start(void);

/* ---- page_guard.c ---- */
enum { PAGE_TOKEN_BYTES = 32, PAGE_HOST_BYTES = 32 };
struct page_door {
    int port;
    char token[PAGE_TOKEN_BYTES + 1];
};
/* NULL when the request comes from the page itself, or from the person who opens it; else what is
   wrong (static). */
const char *page_refusal(const struct page_door *, const struct web_request *);
/* Whether the caller knows the token: a header of its own, or for a WebSocket, which can have none,
   a sub-protocol. */
bool page_knows_token(const struct page_door *, const struct web_request *);
#define PAGE_TOKEN_HEADER "x-playground-token"
#define PAGE_PROTOCOL "reguard"

/* ---- page_files.c ---- */
struct page_file {
    const char *path, *type;
    const unsigned char *from, *to;
};
/* NULL when there is no such file. */
const struct page_file *page_file_at(const char *path);

/* ---- page_live.c: WebSocket /live ---- */
bool page_live_join(struct web_socket *);
void page_live_leave(struct web_socket *);
bool page_live_any(void);
void page_live_tick(const struct services *);

/* ---- page_child.c: programs that the sandbox runs ---- */
enum { PAGE_ARGUMENTS = 8 };
/* Standard output and error of the child come out of *ret_fd, which never blocks; the child is
   asked to end when the sandbox ends. -1, with a line on stderr, when it cannot be started. */
pid_t page_child_start(const char *const arguments[PAGE_ARGUMENTS], int *ret_fd);

/* ---- page_bot.c: the bot as a child; its log goes to DIR/bot.log and to the page ---- */
void page_bot_begin(const char *program, const char *dir);
/* Ends the bot and waits for it, a few seconds at most. */
void page_bot_end(void);
/* "start", "kill" (SIGKILL) or "stop" (SIGTERM). NULL when done, else why not (static). */
const char *page_bot_control(const char *word);
json_t *page_bot_state(void); /* new reference; null without --bot */
void page_bot_tick(void);
/* Lines of the log behind *seen, the newest of them, and how many were left out; *seen moves on.
   New reference, NULL: nothing new. */
json_t *page_bot_log(uint64_t *seen, uint64_t *ret_skipped);

/* ---- page_audit.c: what `reguard audit` and `reguard status` say, asked again when the bot's
   store has changed ---- */
void page_audit_begin(const char *program, const char *dir);
void page_audit_end(void);
void page_audit_tick(void);
/* {"records":[…],"total","verified","says","status"}: the records behind *seen_seq when the round
   is another than *seen_round. New reference, NULL: nothing new. */
json_t *page_audit_news(uint64_t *seen_round, int64_t *seen_seq);

#endif
