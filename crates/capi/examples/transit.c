/*
 * Encrypts a record with a key that stays in the server: transit SERVICE KEY
 *
 * The key is a secret of type SECRET_TYPE_AES256_KEY with
 * `use: {operations: [encrypt, decrypt, rewrap, data-key, unwrap, random]}`. The program never has it.
 */
#include <aecs.h>
#include <stdio.h>
#include <string.h>

static aecs_client *client;
static aecs_error *error;

static const uint8_t record[] = "4111 1111 1111 1111";
static const uint8_t customer[] = "customer 7";
static const uint8_t other[] = "customer 8";

static int failed(const char *what) {
  fprintf(stderr, "error: %s: %s\n", what, error ? aecs_error_text(error) : "not as expected");
  aecs_error_free(error);
  aecs_client_free(client);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: transit SERVICE KEY\n");
    return 64;
  }
  const char *service = argv[1], *key = argv[2];
  if (aecs_client_from_env(&client, &error) != AECS_STATUS_OK) {
    return failed("cannot connect");
  }

  /* A record, bound to its customer. */
  aecs_data *sealed, *plain;
  if (aecs_client_encrypt(client, service, key, record, sizeof record, customer, sizeof customer,
                          &sealed, &error) != AECS_STATUS_OK) {
    return failed("encrypt");
  }
  printf("stored: %.10s...\n", aecs_data_text(sealed));
  if (aecs_client_decrypt(client, service, key, aecs_data_text(sealed), customer, sizeof customer,
                          &plain, &error) != AECS_STATUS_OK) {
    return failed("decrypt");
  }
  printf("read: %zu bytes, %s\n", aecs_data_size(plain),
         memcmp(aecs_data_bytes(plain), record, sizeof record) == 0 ? "the same" : "others");
  aecs_data_free(plain);
  if (aecs_client_decrypt(client, service, key, aecs_data_text(sealed), other, sizeof other, &plain,
                          &error) == AECS_STATUS_OK) {
    return failed("the record of another customer opens");
  }
  printf("another customer: 0x%08X\n", (unsigned)aecs_error_code(error));
  aecs_error_free(error);

  /* After a rotation of the key, this moves the record to the new version. */
  aecs_data *moved;
  if (aecs_client_rewrap(client, service, key, aecs_data_text(sealed), customer, sizeof customer,
                         &moved, &error) != AECS_STATUS_OK) {
    return failed("rewrap");
  }
  aecs_data_free(sealed);
  aecs_data_free(moved);

  /* Large data: encrypted here, with a key that is kept beside it, wrapped. */
  aecs_data *data_key, *wrapped, *again;
  if (aecs_client_data_key(client, service, key, 32, NULL, 0, &data_key, &wrapped, &error) !=
      AECS_STATUS_OK) {
    return failed("data key");
  }
  if (aecs_client_unwrap(client, service, key, aecs_data_text(wrapped), NULL, 0, &again, &error) !=
      AECS_STATUS_OK) {
    return failed("unwrap");
  }
  printf("data key: %zu bytes, %s\n", aecs_data_size(data_key),
         memcmp(aecs_data_bytes(data_key), aecs_data_bytes(again), 32) == 0 ? "the same" : "others");
  aecs_data_free(data_key);
  aecs_data_free(wrapped);
  aecs_data_free(again);

  /* Several operations in one request: what is wrong with one is told of that one. */
  const aecs_operation operations[] = {
      {.kind = AECS_USE_ENCRYPT, .input = record, .input_size = sizeof record},
      {.kind = AECS_USE_DATA_KEY, .length = 16},
      {.kind = AECS_USE_DECRYPT, .sealed = "aecs:v1:1:AAAA"},
  };
  enum { COUNT = sizeof operations / sizeof *operations };
  aecs_outcome outcomes[COUNT];
  if (aecs_client_batch(client, service, key, operations, COUNT, outcomes, &error) !=
      AECS_STATUS_OK) {
    return failed("batch");
  }
  printf("batch: %.10s..., a key of %zu bytes, 0x%08X\n", aecs_data_text(outcomes[0].sealed),
         aecs_data_size(outcomes[1].output), (unsigned)aecs_error_code(outcomes[2].error));
  for (size_t i = 0; i < COUNT; i++) {
    aecs_data_free(outcomes[i].output);
    aecs_data_free(outcomes[i].sealed);
    aecs_error_free(outcomes[i].error);
  }

  aecs_client_free(client);
  return 0;
}
