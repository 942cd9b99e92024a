/*
 * Verifies a report without a network, and tells whether a policy admits its attester:
 * verify REPORT POLICY [SIMULATION_ROOT]
 */
#include <aecs.h>
#include <stdio.h>

static int failed(const char *what, aecs_error *error) {
  fprintf(stderr, "error: %s: %s\n", what, aecs_error_text(error));
  aecs_error_free(error);
  return 1;
}

int main(int argc, char **argv) {
  static uint8_t report[1 << 20];
  if (argc < 3 || argc > 4) {
    fprintf(stderr, "usage: verify REPORT POLICY [SIMULATION_ROOT]\n");
    return 64;
  }
  FILE *file = fopen(argv[1], "rb");
  if (file == NULL) {
    perror(argv[1]);
    return 66;
  }
  size_t size = fread(report, 1, sizeof report, file);
  fclose(file);

  aecs_verifier *verifier;
  aecs_verified *verified;
  aecs_error *error;
  if (aecs_verifier_new(NULL, argc == 4 ? argv[3] : NULL, &verifier, &error) != AECS_STATUS_OK) {
    return failed("the root is not usable", error);
  }
  aecs_status done = aecs_verifier_verify(verifier, report, size, 0, &verified, &error);
  aecs_verifier_free(verifier);
  if (done != AECS_STATUS_OK) {
    return failed("not genuine", error);
  }
  printf("%s\n", aecs_verified_attributes(verified));
  done = aecs_verified_admit(verified, argv[2], &error);
  aecs_verified_free(verified);
  return done == AECS_STATUS_OK ? 0 : failed("not admitted", error);
}
