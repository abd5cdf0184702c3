/*
 * The floor of the bench: a TLS server that hands what it decrypts to a plain server, and back, and looks at nothing of it.
 * One thread, epoll, a connection to a server for each client. What a proxy costs more than this is HTTP, and what it does
 * with it: headers, log, limits, sharing of connections.
 *
 *     relay ADDRESS SERVER_PORT SERVER,SERVER,... PORT=CERTIFICATE ...
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* A bundle of 50 KB passes in one turn. */
#define BUFFER 65536

struct pair;

/** One socket as epoll knows it. */
struct end {
    int fd;
    struct pair *pair; /* absent: a listener */
    SSL_CTX *tls;      /* of a listener */
};

/** What was read on one side and not yet written on the other. */
struct buffer {
    size_t from, to;
    char bytes[BUFFER];
};

struct pair {
    struct end client, server;
    SSL *tls;
    int ready, ended;
    struct buffer up, down;
    struct pair *next_dead;
};

static int epoll;
static struct sockaddr_in servers[16];
static int server_count, next_server;
/* Freed after a turn: epoll may still name them in it. */
static struct pair *dead;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int operation, struct end *end, unsigned events) {
    struct epoll_event event = {.events = events, .data.ptr = end};
    if (epoll_ctl(epoll, operation, end->fd, &event) < 0) fail("epoll_ctl");
}

static void no_delay(int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void close_pair(struct pair *pair) {
    if (pair->ended) return;
    pair->ended = 1;
    if (pair->ready) SSL_shutdown(pair->tls);
    SSL_free(pair->tls);
    close(pair->client.fd);
    close(pair->server.fd);
    pair->next_dead = dead;
    dead = pair;
}

static void accept_client(struct end *listener) {
    int client = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK);
    if (client < 0) return;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in *place = &servers[next_server++ % server_count];
    if (server < 0 || (connect(server, (struct sockaddr *)place, sizeof *place) < 0 && errno != EINPROGRESS)) {
        close(client);
        if (server >= 0) close(server);
        return;
    }
    no_delay(client);
    no_delay(server);
    struct pair *pair = calloc(1, sizeof *pair);
    pair->client = (struct end){.fd = client, .pair = pair};
    pair->server = (struct end){.fd = server, .pair = pair};
    pair->tls = SSL_new(listener->tls);
    SSL_set_fd(pair->tls, client);
    watch(EPOLL_CTL_ADD, &pair->client, EPOLLIN);
    watch(EPOLL_CTL_ADD, &pair->server, EPOLLIN);
}

/** @return 1: all was written; 0: the socket is full; -1: the end */
static int write_server(struct pair *pair) {
    struct buffer *up = &pair->up;
    while (up->from < up->to) {
        ssize_t sent = send(pair->server.fd, up->bytes + up->from, up->to - up->from, MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN ? 0 : -1;
        up->from += (size_t)sent;
    }
    return 1;
}

static int write_client(struct pair *pair) {
    struct buffer *down = &pair->down;
    while (down->from < down->to) {
        size_t sent;
        if (!SSL_write_ex(pair->tls, down->bytes + down->from, down->to - down->from, &sent))
            return SSL_get_error(pair->tls, 0) == SSL_ERROR_WANT_WRITE ? 0 : -1;
        down->from += sent;
    }
    return 1;
}

/** Waits for what the pair can go on with. */
static void rest(struct pair *pair, int server_full, int client_full) {
    watch(EPOLL_CTL_MOD, &pair->server, (server_full ? EPOLLOUT : 0) | (client_full ? 0 : EPOLLIN));
    watch(EPOLL_CTL_MOD, &pair->client, (client_full ? EPOLLOUT : 0) | (server_full ? 0 : EPOLLIN));
}

static void from_client(struct pair *pair) {
    if (!pair->ready) {
        int done = SSL_accept(pair->tls);
        if (done != 1) {
            if (SSL_get_error(pair->tls, done) != SSL_ERROR_WANT_READ) close_pair(pair);
            return;
        }
        pair->ready = 1;
    }
    do {
        size_t got;
        if (!SSL_read_ex(pair->tls, pair->up.bytes, BUFFER, &got)) {
            if (SSL_get_error(pair->tls, 0) != SSL_ERROR_WANT_READ) close_pair(pair);
            return;
        }
        pair->up.from = 0;
        pair->up.to = got;
        int written = write_server(pair);
        if (written < 0) return close_pair(pair);
        if (written == 0) return rest(pair, 1, 0);
    } while (SSL_has_pending(pair->tls));
}

static void from_server(struct pair *pair) {
    ssize_t got = recv(pair->server.fd, pair->down.bytes, BUFFER, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0 || !pair->ready) return close_pair(pair);
    pair->down.from = 0;
    pair->down.to = (size_t)got;
    int written = write_client(pair);
    if (written < 0) return close_pair(pair);
    if (written == 0) rest(pair, 0, 1);
}

static void turn(struct end *end, unsigned events) {
    struct pair *pair = end->pair;
    if (pair->ended) return;
    int is_client = end == &pair->client;
    if (events & EPOLLOUT) {
        int written = is_client ? write_client(pair) : write_server(pair);
        if (written < 0) return close_pair(pair);
        if (written == 1) rest(pair, 0, 0);
        return;
    }
    if (is_client) from_client(pair);
    else from_server(pair);
}

static void listen_at(const char *address, char *word) {
    char *certificate = strchr(word, '=');
    if (certificate == NULL) exit(2);
    *certificate++ = 0;
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(word))};
    inet_pton(AF_INET, address, &place.sin_addr);
    struct end *end = calloc(1, sizeof *end);
    int on = 1;
    end->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(end->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(end->fd, (struct sockaddr *)&place, sizeof place) < 0 || listen(end->fd, 4096) < 0) fail("listen");
    end->tls = SSL_CTX_new(TLS_server_method());
    /* What the others have, too. */
    SSL_CTX_set_min_proto_version(end->tls, TLS1_2_VERSION);
    SSL_CTX_set_ciphersuites(end->tls, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
    SSL_CTX_set1_groups_list(end->tls, "X25519:P-256");
    SSL_CTX_set_session_id_context(end->tls, (const unsigned char *)"relay", 5);
    SSL_CTX_set_mode(end->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* One system call for a record, not one for its header and one for the rest. */
    SSL_CTX_set_read_ahead(end->tls, 1);
    if (SSL_CTX_use_certificate_chain_file(end->tls, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(end->tls, certificate, SSL_FILETYPE_PEM) != 1) {
        fprintf(stderr, "cannot use %s\n", certificate);
        exit(1);
    }
    watch(EPOLL_CTL_ADD, end, EPOLLIN);
}

int main(int count, char **words) {
    if (count < 5) return 2;
    signal(SIGPIPE, SIG_IGN);
    epoll = epoll_create1(0);
    for (char *one = strtok(words[3], ","); one != NULL && server_count < 16; one = strtok(NULL, ",")) {
        struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[2]))};
        inet_pton(AF_INET, one, &place.sin_addr);
        servers[server_count++] = place;
    }
    for (int i = 4; i < count; i++) listen_at(words[1], words[i]);
    for (;;) {
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            struct end *end = events[i].data.ptr;
            if (end->pair == NULL) accept_client(end);
            else turn(end, events[i].events);
        }
        while (dead != NULL) {
            struct pair *next = dead->next_dead;
            free(dead);
            dead = next;
        }
    }
}
