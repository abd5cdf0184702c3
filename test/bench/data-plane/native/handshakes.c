/*
 * Opens connections, one after the other in each of some processes, and sends one request on each:
 *
 *     handshakes ADDRESS PORT HOSTNAME PATH COUNT AT_ONCE new|resumed [GROUPS]
 *
 * GROUPS are those of the key exchange, the one that is tried first at the beginning; without them X25519 alone.
 *
 * Prints how many there were, how many of them resumed a session, and the seconds that it took. Every answer must be 200.
 * It verifies no certificate: what a client computes is not what is measured.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in place;
static char request[1024];

static void give_up(const char *what) {
    fprintf(stderr, "handshakes: %s\n", what);
    _exit(1);
}

/** One connection. @return the session to resume next; *resumed: whether this one was */
static SSL_SESSION *connect_once(SSL_CTX *context, const char *hostname, SSL_SESSION *session, int *resumed) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&place, sizeof place) < 0) give_up("cannot connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL *tls = SSL_new(context);
    SSL_set_fd(tls, fd);
    SSL_set_tlsext_host_name(tls, hostname);
    if (session != NULL) SSL_set_session(tls, session);
    if (SSL_connect(tls) != 1) give_up("handshake failed");
    size_t done, total = 0;
    if (!SSL_write_ex(tls, request, strlen(request), &done)) give_up("cannot send");
    static char answer[65536];
    while (SSL_read_ex(tls, answer + total, sizeof answer - 1 - total, &done)) {
        total += done;
        if (total == sizeof answer - 1) total = 16;
    }
    if (total < 16 || memcmp(answer + 9, "200", 3) != 0) give_up("the answer is not 200");
    *resumed = SSL_session_reused(tls);
    SSL_SESSION *next = SSL_get1_session(tls);
    SSL_set_quiet_shutdown(tls, 1);
    SSL_shutdown(tls);
    SSL_free(tls);
    close(fd);
    return next;
}

static int connect_all(const char *hostname, const char *groups, int count, int resume) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (SSL_CTX_set1_groups_list(context, groups) != 1) give_up("no such groups");
    /* A server that closes without a word of TLS is no error here. */
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    int resumptions = 0, resumed;
    SSL_SESSION *session = NULL;
    if (resume) session = connect_once(context, hostname, NULL, &resumed);
    for (int i = 0; i < count; i++) {
        SSL_SESSION *next = connect_once(context, hostname, session, &resumed);
        resumptions += resumed;
        if (session != NULL) SSL_SESSION_free(session);
        session = resume ? next : NULL;
        if (!resume) SSL_SESSION_free(next);
    }
    return resumptions;
}

int main(int words, char **word) {
    if (words != 8 && words != 9) return 2;
    const char *groups = words == 9 ? word[8] : "X25519";
    int count = atoi(word[5]), at_once = atoi(word[6]), resume = strcmp(word[7], "resumed") == 0;
    place = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(word[2]))};
    inet_pton(AF_INET, word[1], &place.sin_addr);
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: application/fhir+json\r\nConnection: close\r\n\r\n", word[4],
             word[3]);
    int ends[2], sum = 0, failed = 0;
    if (pipe(ends) < 0) give_up("no pipe");
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < at_once; i++) {
        if (fork() == 0) {
            int resumptions = connect_all(word[3], groups, count / at_once, resume);
            if (write(ends[1], &resumptions, sizeof resumptions) < 0) _exit(1);
            _exit(0);
        }
    }
    close(ends[1]);
    for (int i = 0, one; i < at_once; i++)
        if (read(ends[0], &one, sizeof one) == (ssize_t)sizeof one) sum += one;
    for (int i = 0, status; i < at_once; i++)
        if (wait(&status) > 0 && status != 0) failed = 1;
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    printf("%d %d %.6f\n", count / at_once * at_once, sum, seconds);
    return failed;
}
