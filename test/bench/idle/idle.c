/*
 * Opens TLS connections, sends one request on each, and then leaves them alone:
 *
 *     idle ADDRESS PORT HOSTNAME PATH http1|http2 PER_SOURCE
 *
 * Each line of its input is a number: so many are to be open. It opens what is missing, and answers with how many of all
 * are still open. They come from 127.64.0.1 and the addresses behind it, so many from each. When an answer was read, what
 * a client needs for TLS is given back, and only the socket stays: nobody speaks on it any more. It ends with its input.
 * It verifies no certificate: what a client computes is not what is measured.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct sockaddr_in place;
static SSL_CTX *context;
static const char *hostname, *path;
static int http2, per_source, count;
static int *sockets;

static void give_up(const char *what) {
    fprintf(stderr, "idle: %s, with %d open\n", what, count);
    exit(1);
}

static void send_all(SSL *tls, const void *bytes, size_t length) {
    size_t done;
    if (!SSL_write_ex(tls, bytes, length, &done) || done != length) give_up("cannot send");
}

static void read_exactly(SSL *tls, unsigned char *into, size_t length) {
    for (size_t total = 0, done; total < length; total += done)
        if (!SSL_read_ex(tls, into + total, length - total, &done)) give_up("the answer ends early");
}

static void ask_http1(SSL *tls) {
    static char text[65536];
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, hostname);
    send_all(tls, text, strlen(text));
    size_t total = 0, done;
    char *end = NULL;
    while (end == NULL) {
        if (!SSL_read_ex(tls, text + total, sizeof text - 1 - total, &done)) give_up("no answer");
        text[total += done] = 0;
        end = strstr(text, "\r\n\r\n");
    }
    char *length = strcasestr(text, "\r\ncontent-length:");
    if (strncmp(text + 9, "200", 3) != 0 || length == NULL) give_up("the answer is not 200 with a length");
    size_t wanted = (size_t)(end + 4 - text) + strtoul(length + 17, NULL, 10);
    if (wanted >= sizeof text) give_up("the answer is too long");
    if (wanted > total) read_exactly(tls, (unsigned char *)text + total, wanted - total);
}

/** A field of which neither name nor value is in a table: RFC 7541, section 6.2.2. @return what comes behind it */
static unsigned char *field(unsigned char *at, const char *name, const char *value) {
    size_t names = strlen(name), values = strlen(value);
    if (names > 126 || values > 126) give_up("a field is too long");
    *at++ = 0;
    *at++ = (unsigned char)names;
    memcpy(at, name, names);
    at += names;
    *at++ = (unsigned char)values;
    memcpy(at, value, values);
    return at + values;
}

static void ask_http2(SSL *tls) {
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    static const unsigned char settings[] = {0, 0, 0, 4, 0, 0, 0, 0, 0}, acknowledged[] = {0, 0, 0, 4, 1, 0, 0, 0, 0};
    static unsigned char frame[65536];
    unsigned char *end = frame + 9;
    end = field(end, ":method", "GET");
    end = field(end, ":scheme", "https");
    end = field(end, ":path", path);
    end = field(end, ":authority", hostname);
    size_t length = (size_t)(end - frame) - 9;
    /* HEADERS of stream 1, which end the headers and the stream. */
    memcpy(frame, (unsigned char[]){0, (unsigned char)(length >> 8), (unsigned char)length, 1, 5, 0, 0, 0, 1}, 9);
    send_all(tls, preface, sizeof preface - 1);
    send_all(tls, settings, sizeof settings);
    send_all(tls, frame, (size_t)(end - frame));
    for (int over = 0; !over;) {
        unsigned char head[9];
        read_exactly(tls, head, sizeof head);
        length = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        if (length > sizeof frame) give_up("a frame is too long");
        read_exactly(tls, frame, length);
        if (head[3] == 4 && head[4] == 0) send_all(tls, acknowledged, sizeof acknowledged);
        if (head[3] == 3 || head[3] == 7) give_up("the stream was refused");
        /* The status 200 is the entry 8 of the static table: RFC 7541, appendix A. */
        if (head[3] == 1 && (length == 0 || frame[0] != 0x88)) give_up("the answer is not 200");
        over = head[8] == 1 && (head[3] == 0 || head[3] == 1) && (head[4] & 1);
    }
}

static void open_one(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    /* A port is chosen when it is known where the connection goes to: then each source has all of them. */
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(0x7f400001u + (unsigned)(count / per_source));
    if (fd < 0) give_up("no descriptor is left");
    setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&source, sizeof source) < 0) give_up("cannot bind");
    if (connect(fd, (struct sockaddr *)&place, sizeof place) < 0) give_up("cannot connect");
    SSL *tls = SSL_new(context);
    SSL_set_fd(tls, fd);
    SSL_set_tlsext_host_name(tls, hostname);
    if (SSL_connect(tls) != 1) give_up("handshake failed");
    if (SSL_version(tls) != TLS1_3_VERSION) give_up("not TLS 1.3");
    if (http2) ask_http2(tls);
    else ask_http1(tls);
    SSL_set_quiet_shutdown(tls, 1);
    SSL_shutdown(tls);
    SSL_free(tls);
    sockets[count++] = fd;
}

/** One that was closed can be read from: its end. Nothing else comes. */
static int still_open(void) {
    int open = 0;
    for (int i = 0; i < count; i++) {
        struct pollfd one = {.fd = sockets[i], .events = POLLIN};
        if (poll(&one, 1, 0) == 0) open++;
    }
    return open;
}

int main(int words, char **word) {
    if (words != 7) return 2;
    place = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(word[2]))};
    inet_pton(AF_INET, word[1], &place.sin_addr);
    hostname = word[3], path = word[4], http2 = strcmp(word[5], "http2") == 0, per_source = atoi(word[6]);
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set1_groups_list(context, "X25519");
    /* Who resumes nothing needs no cache of sessions. */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (http2) SSL_CTX_set_alpn_protos(context, (const unsigned char *)"\x02h2", 3);
    for (int wanted; scanf("%d", &wanted) == 1;) {
        /* Some of them are not for connections. */
        struct rlimit files, more = {(rlim_t)wanted + 100, (rlim_t)wanted + 100};
        getrlimit(RLIMIT_NOFILE, &files);
        if (files.rlim_cur < more.rlim_cur && setrlimit(RLIMIT_NOFILE, &more) < 0) give_up("may not open so many files");
        sockets = realloc(sockets, sizeof *sockets * (size_t)wanted);
        while (count < wanted) open_one();
        printf("%d\n", still_open());
        fflush(stdout);
    }
    return 0;
}
