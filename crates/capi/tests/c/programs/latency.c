/* How long a get takes: latency SERVICE SECRET COUNT prints the median in microseconds. */
#include <aecs.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int compare(const void *a, const void *b) {
  long x = *(const long *)a, y = *(const long *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  aecs_client *client;
  if (argc != 4 || aecs_client_from_env(&client, NULL) != AECS_STATUS_OK) {
    return 1;
  }
  size_t count = strtoul(argv[3], NULL, 10);
  long *times = calloc(count, sizeof *times);
  for (size_t i = 0; i < count; i++) {
    struct timespec start, end;
    aecs_secret *secret;
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (aecs_client_get(client, argv[1], argv[2], &secret, NULL) != AECS_STATUS_OK) {
      return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    aecs_secret_free(secret);
    times[i] = (end.tv_sec - start.tv_sec) * 1000000 + (end.tv_nsec - start.tv_nsec) / 1000;
  }
  qsort(times, count, sizeof *times, compare);
  printf("%ld\n", times[count / 2]);
  free(times);
  aecs_client_free(client);
  return 0;
}
