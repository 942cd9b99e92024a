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
