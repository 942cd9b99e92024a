/*
 * Gets a secret of a service, and shows what it is without showing it: get SERVICE SECRET
 *
 * The kubeconfig that AECS_SERVER_POLICY names says which server to trust.
 */
#include <aecs.h>
#include <stdio.h>

static int failed(const char *what, aecs_error *error) {
  fprintf(stderr, "error: %s: %s\n", what, aecs_error_text(error));
  if (aecs_error_help(error) != NULL) {
    fprintf(stderr, "  help: %s\n", aecs_error_help(error));
  }
  aecs_error_free(error);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: get SERVICE SECRET\n");
    return 64;
  }
  aecs_client *client;
  aecs_error *error;
  if (aecs_client_from_env(&client, &error) != AECS_STATUS_OK) {
    return failed("cannot connect", error);
  }
  aecs_secret *secret;
  int result = 0;
  if (aecs_client_get(client, argv[1], argv[2], &secret, &error) == AECS_STATUS_OK) {
    aecs_data *data;
    if (aecs_secret_data(secret, &data, &error) == AECS_STATUS_OK) {
      printf("%s, version %llu: %zu bytes\n", aecs_secret_type(secret),
             (unsigned long long)aecs_secret_version(secret), aecs_data_size(data));
      aecs_data_free(data);
    } else {
      result = failed("no data", error);
    }
    for (size_t i = 0; aecs_secret_field_name(secret, i) != NULL; i++) {
      printf("  %s\n", aecs_secret_field_name(secret, i));
    }
    aecs_secret_free(secret);
  } else {
    result = failed(argv[2], error);
  }
  aecs_client_free(client);
  return result;
}
