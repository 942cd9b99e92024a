/*
 * Prints the number of each version of a secret as it becomes current, up to a number:
 * watch SERVICE SECRET LAST. A program with a loop of its own has aecs_watch_fd in its poll.
 */
#include <aecs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const char *what, aecs_error *error) {
  fprintf(stderr, "error: %s: %s\n", what, aecs_error_text(error));
  aecs_error_free(error);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: watch SERVICE SECRET LAST\n");
    return 64;
  }
  unsigned long long last = strtoull(argv[3], NULL, 10), version = 0;
  aecs_client *client;
  aecs_error *error;
  if (aecs_client_from_env(&client, &error) != AECS_STATUS_OK) {
    return failed("cannot connect", error);
  }
  aecs_watch *watch;
  aecs_status made = aecs_client_watch_fd(client, argv[1], argv[2], 1000, &watch, &error);
  aecs_client_free(client);
  if (made != AECS_STATUS_OK) {
    return failed("cannot watch", error);
  }
  int result = 0;
  while (version < last && result == 0) {
    struct pollfd ready = {aecs_watch_fd(watch), POLLIN, 0};
    poll(&ready, 1, -1);
    aecs_secret *secret;
    switch (aecs_watch_next(watch, &secret, &error)) {
      case AECS_STATUS_OK:
        version = aecs_secret_version(secret);
        printf("version %llu\n", version);
        fflush(stdout);
        aecs_secret_free(secret);
        break;
      case AECS_STATUS_NOTHING:
        break;
      default:
        /* Deleted, expired, or not admitted any more: the program decides what that means. */
        result = failed("no other version", error);
    }
  }
  aecs_watch_free(watch);
  return result;
}
