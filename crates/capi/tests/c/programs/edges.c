/* What a program can do wrong, and several threads at once: edges SERVICE SECRET */
#include <aecs.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                       \
  do {                                                         \
    if (!(condition)) {                                        \
      fprintf(stderr, "line %d: %s\n", __LINE__, #condition);  \
      return 1;                                                \
    }                                                          \
  } while (0)

static aecs_client *client;
static const char *service, *secret_name;
static int wrong;

static void *get(void *unused) {
  (void)unused;
  for (int i = 0; i < 5; i++) {
    aecs_secret *secret;
    if (aecs_client_get(client, service, secret_name, &secret, NULL) != AECS_STATUS_OK) {
      __atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
    }
    aecs_secret_free(secret);
  }
  return NULL;
}

struct told {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int versions, errors;
  aecs_watch *watch;
};

/* Calls the library from the callback, and frees the watch from it. */
static void tell(void *context, aecs_secret *secret, aecs_error *error) {
  struct told *told = context;
  aecs_secret *same = NULL;
  if (secret != NULL) {
    aecs_client_get_if_changed(client, secret, &same, NULL);
  }
  pthread_mutex_lock(&told->lock);
  told->versions += secret != NULL && same == NULL;
  told->errors += error != NULL;
  while (told->watch == NULL) {
    pthread_cond_wait(&told->changed, &told->lock);
  }
  aecs_watch_free(told->watch);
  told->watch = NULL;
  pthread_cond_broadcast(&told->changed);
  pthread_mutex_unlock(&told->lock);
  aecs_secret_free(same);
  aecs_secret_free(secret);
  aecs_error_free(error);
}

/* One call of the callback, which ends the watch. */
static int watch(const char *name, int versions, int errors) {
  struct told told = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, NULL};
  aecs_watch *made;
  CHECK(aecs_client_watch(client, service, name, 100, tell, &told, &made, NULL) == AECS_STATUS_OK);
  CHECK(aecs_watch_fd(made) == -1);
  pthread_mutex_lock(&told.lock);
  told.watch = made;
  pthread_cond_broadcast(&told.changed);
  while (told.versions + told.errors == 0 || told.watch != NULL) {
    pthread_cond_wait(&told.changed, &told.lock);
  }
  pthread_mutex_unlock(&told.lock);
  CHECK(told.versions == versions && told.errors == errors);
  return 0;
}

static int arguments(void) {
  aecs_error *error;
  aecs_secret *secret = (aecs_secret *)&error;
  aecs_data *data;
  CHECK(aecs_client_get(NULL, service, secret_name, &secret, &error) == AECS_STATUS_USAGE);
  CHECK(secret == NULL && strcmp(aecs_error_text(error), "the client is NULL") == 0);
  CHECK(aecs_error_code(error) == 0 && !aecs_error_is_temporary(error));
  aecs_error_free(error);
  CHECK(aecs_client_get(client, service, NULL, &secret, NULL) == AECS_STATUS_USAGE);
  CHECK(aecs_client_get(client, service, secret_name, NULL, NULL) == AECS_STATUS_USAGE);
  CHECK(aecs_client_get(client, "\xE9", secret_name, &secret, NULL) == AECS_STATUS_USAGE);
  CHECK(aecs_client_get_version(client, service, secret_name, 0, &secret, NULL) ==
        AECS_STATUS_USAGE);
  CHECK(aecs_client_encrypt(client, service, secret_name, NULL, 1, NULL, 0, &data, NULL) ==
        AECS_STATUS_USAGE);
  CHECK(data == NULL);
  /* Whatever is wrong, both places can be freed. */
  aecs_client *const clients[] = {NULL, client, client};
  const char *const names[] = {secret_name, "\xE9", NULL};
  for (int i = 0; i < 3; i++) {
    aecs_data *wrapped = (aecs_data *)&error;
    data = (aecs_data *)&error;
    CHECK(aecs_client_data_key(clients[i], service, names[i], 32, NULL, 0, &data, &wrapped, NULL) ==
          AECS_STATUS_USAGE);
    CHECK(data == NULL && wrapped == NULL);
  }
  aecs_data *wrapped = (aecs_data *)&error;
  CHECK(aecs_client_data_key(client, service, secret_name, 32, NULL, 0, NULL, &wrapped, NULL) ==
        AECS_STATUS_USAGE);
  CHECK(wrapped == NULL);
  CHECK(aecs_client_data_key(client, service, secret_name, 32, NULL, 0, &data, NULL, NULL) ==
        AECS_STATUS_USAGE);
  CHECK(aecs_client_create(client, "own", "SECRET_TYPE_AES", 0, NULL) == AECS_STATUS_USAGE);
  CHECK(aecs_client_create(client, "own", "SECRET_TYPE_AES256_KEY", 7, NULL) == AECS_STATUS_USAGE);
  CHECK(aecs_client_get(client, service, "no-such-secret", &secret, &error) == AECS_STATUS_DENIED);
  CHECK(aecs_error_code(error) != 0 && aecs_error_help(error) != NULL);
  CHECK(aecs_error_status(error) == AECS_STATUS_DENIED);
  aecs_error_free(error);
  aecs_client *none;
  CHECK(aecs_client_from_kubeconfig("/nonexistent", &none, &error) == AECS_STATUS_NO_INPUT);
  CHECK(none == NULL && strstr(aecs_error_text(error), "/nonexistent") != NULL);
  aecs_error_free(error);
  aecs_client_free(NULL);
  aecs_secret_free(NULL);
  aecs_watch_free(NULL);
  CHECK(aecs_secret_version(NULL) == 0 && aecs_data_bytes(NULL) == NULL);
  return 0;
}

/* Several secrets in one call: one that is there, one that is not, and this application's own. */
static int many(void) {
  aecs_error *error;
  CHECK(aecs_client_create(client, "own", "SECRET_TYPE_AES256_KEY", AECS_BINDING_MEASUREMENT, NULL) ==
        AECS_STATUS_OK);
  const aecs_wanted wanted[] = {{service, secret_name}, {service, "no-such-secret"}, {NULL, "own"}};
  aecs_found found[3];
  CHECK(aecs_client_get_many(client, wanted, 3, found, &error) == AECS_STATUS_OK && error == NULL);
  CHECK(strcmp(aecs_secret_name(found[0].secret), secret_name) == 0 && found[0].error == NULL);
  CHECK(found[1].secret == NULL && aecs_error_status(found[1].error) == AECS_STATUS_REFUSED);
  CHECK(aecs_error_code(found[1].error) == 0xAA280000);
  CHECK(strcmp(aecs_secret_name(found[2].secret), "own") == 0 && found[2].error == NULL);
  for (int i = 0; i < 3; i++) {
    aecs_secret_free(found[i].secret);
    aecs_error_free(found[i].error);
  }
  CHECK(aecs_client_destroy(client, "own", NULL) == AECS_STATUS_OK);

  CHECK(aecs_client_get_many(client, NULL, 0, NULL, NULL) == AECS_STATUS_OK);
  CHECK(aecs_client_get_many(client, wanted, 3, NULL, NULL) == AECS_STATUS_USAGE);
  CHECK(aecs_client_get_many(client, wanted, SIZE_MAX, found, NULL) == AECS_STATUS_USAGE);
  const aecs_wanted nameless[] = {{service, secret_name}, {service, NULL}};
  const aecs_wanted latin[] = {{service, secret_name}, {service, "\xE9"}};
  const aecs_wanted *const wrong_ones[] = {NULL, nameless, latin, wanted};
  for (int i = 0; i < 4; i++) {
    memset(found, 0xAA, sizeof found);
    aecs_client *other = i < 3 ? client : NULL;
    CHECK(aecs_client_get_many(other, wrong_ones[i], 2, found, &error) == AECS_STATUS_USAGE);
    CHECK(error != NULL && found[0].secret == NULL && found[1].error == NULL);
    aecs_error_free(error);
  }
  return 0;
}

/* Operations with a key that make no sense. */
static int batch(void) {
  aecs_outcome outcomes[101];
  const aecs_operation fine = {.kind = AECS_USE_RANDOM, .length = 16};
  aecs_operation operations[101];
  for (int i = 0; i < 101; i++) {
    operations[i] = fine;
  }
  const aecs_operation wrong_ones[] = {
      {.kind = 0},
      {.kind = 13},
      {.kind = 0x80000000},
      {.kind = AECS_USE_SIGN, .algorithm = 99},
      {.kind = AECS_USE_ENCRYPT, .input = NULL, .input_size = 1},
      {.kind = AECS_USE_DECRYPT, .sealed = "\xE9"},
  };
  for (size_t i = 0; i < sizeof wrong_ones / sizeof *wrong_ones; i++) {
    operations[1] = wrong_ones[i];
    memset(outcomes, 0xAA, sizeof outcomes);
    CHECK(aecs_client_batch(client, service, secret_name, operations, 2, outcomes, NULL) ==
          AECS_STATUS_USAGE);
    CHECK(outcomes[0].output == NULL && outcomes[0].sealed == NULL && outcomes[1].error == NULL);
    CHECK(!outcomes[1].valid && outcomes[1].version == 0);
  }
  operations[1] = fine;
  CHECK(aecs_client_batch(client, service, secret_name, operations, 101, outcomes, NULL) ==
        AECS_STATUS_USAGE);
  CHECK(aecs_client_batch(client, service, secret_name, NULL, 0, NULL, NULL) == AECS_STATUS_USAGE);
  CHECK(aecs_client_batch(client, service, secret_name, operations, 2, NULL, NULL) ==
        AECS_STATUS_USAGE);
  CHECK(aecs_client_batch(NULL, service, secret_name, operations, 2, outcomes, NULL) ==
        AECS_STATUS_USAGE);
  /* This secret is not for use in place: the call is refused, and nothing is done. */
  aecs_error *error;
  CHECK(aecs_client_batch(client, service, secret_name, operations, 2, outcomes, &error) !=
        AECS_STATUS_OK);
  CHECK(aecs_error_code(error) != 0 && outcomes[0].output == NULL && outcomes[1].error == NULL);
  aecs_error_free(error);
  return 0;
}

static int own_secrets(void) {
  aecs_secret *secret;
  aecs_data *key;
  aecs_list *list;
  CHECK(aecs_client_create(client, "own", "SECRET_TYPE_AES256_KEY", AECS_BINDING_SIGNER, NULL) ==
        AECS_STATUS_OK);
  CHECK(aecs_client_create(client, "own", "SECRET_TYPE_AES256_KEY", AECS_BINDING_SIGNER, NULL) ==
        AECS_STATUS_EXISTS);
  CHECK(aecs_client_list(client, NULL, "o", &list, NULL) == AECS_STATUS_OK);
  CHECK(aecs_list_size(list) == 1 && strcmp(aecs_list_name(list, 0), "own") == 0);
  CHECK(strcmp(aecs_list_type(list, 0), "SECRET_TYPE_AES256_KEY") == 0);
  CHECK(aecs_list_version(list, 0) == 1 && aecs_list_name(list, 1) == NULL);
  aecs_list_free(list);
  CHECK(aecs_client_get_when_ready(client, NULL, "own", 1000, &secret, NULL) == AECS_STATUS_OK);
  CHECK(aecs_secret_key_bytes(secret, &key, NULL) == AECS_STATUS_OK);
  CHECK(aecs_data_size(key) == 32);
  aecs_data_free(key);
  CHECK(aecs_secret_field(secret, "no such field", &key, NULL) == AECS_STATUS_BAD_INPUT);
  CHECK(aecs_secret_field_der(secret, "hex", &key, NULL) == AECS_STATUS_BAD_INPUT);
  aecs_secret_free(secret);
  CHECK(aecs_client_destroy(client, "own", NULL) == AECS_STATUS_OK);
  return 0;
}

int main(int argc, char **argv) {
  CHECK(argc == 3);
  service = argv[1];
  secret_name = argv[2];
  aecs_options *options;
  CHECK(aecs_options_from_env(&options, NULL) == AECS_STATUS_OK);
  CHECK(aecs_options_wait_for_start(options, 1000, NULL) == AECS_STATUS_OK);
  CHECK(aecs_options_suite(options, "no such suite", NULL) == AECS_STATUS_USAGE);
  static const uint8_t user_data[32] = {1, 2, 3};
  CHECK(aecs_options_user_data(options, &user_data, NULL) == AECS_STATUS_OK);
  CHECK(aecs_client_connect(options, &client, NULL) == AECS_STATUS_OK);
  aecs_client *second;
  CHECK(aecs_client_connect(options, &second, NULL) == AECS_STATUS_USAGE && second == NULL);
  aecs_options_free(options);

  CHECK(arguments() == 0);
  CHECK(own_secrets() == 0);
  CHECK(many() == 0);
  CHECK(batch() == 0);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) {
    CHECK(pthread_create(&threads[i], NULL, get, NULL) == 0);
  }
  for (int i = 0; i < 4; i++) {
    CHECK(pthread_join(threads[i], NULL) == 0);
  }
  CHECK(wrong == 0);
  CHECK(watch(secret_name, 1, 0) == 0);
  CHECK(watch("no-such-secret", 0, 1) == 0);
  aecs_client_free(client);
  puts("fine");
  return 0;
}
