/*
 * Prints the processor time that processes have used so far, in nanoseconds, one line for each:
 *
 *     cpu-clock PID ...
 *
 * The kernel counts it exactly, threads included that have ended; /proc shows it in steps of 10 ms.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int count, char **words) {
    for (int i = 1; i < count; i++) {
        clockid_t clock;
        struct timespec used;
        if (clock_getcpuclockid(atoi(words[i]), &clock) != 0 || clock_gettime(clock, &used) != 0) {
            fprintf(stderr, "cpu-clock: no process %s\n", words[i]);
            return 1;
        }
        printf("%lld\n", (long long)used.tv_sec * 1000000000LL + used.tv_nsec);
    }
    return 0;
}
