/*
 * AECS: the client library of trusted applications, for C and C++.
 *
 * Made from crates/capi/src by a test; docs/guide/c.md is the guide, with examples that are tested.
 *
 * Two interfaces. The first keeps a connection: an aecs_client, which is made of a kubeconfig or of the
 * environment, gets secrets, watches them and uses keys. The second has the functions of AECS 2.0, each of
 * which connects anew: those that begin with aecs_client_ and return int, and aecs_last_error.
 *
 * For all functions:
 *
 * - Texts end with a NUL and are UTF-8. A text that is passed is read during the call only. NULL is an
 *   empty text.
 * - Bytes are a pointer and a size in bytes. NULL with size 0 is none.
 * - A handle (a pointer to one of the types below) that a call writes to *result belongs to the caller, who
 *   frees it once, with the _free function of its type. A handle that is passed stays the caller's.
 * - *result is NULL if the call fails, and also if result itself cannot be used.
 * - *error is NULL if the call succeeds; else it is the caller's and is freed with aecs_error_free. error may
 *   be NULL: then the status is all that is told. What error and result point at need not be initialised.
 * - What a function returns as const char * or const uint8_t * belongs to the handle, and lives as long.
 * - Any thread may call any function. A handle may be used by several threads at once, unless its type says
 *   otherwise; freeing it is for one thread, when no other one uses it.
 * - No function throws or ends the program. A defect of the library is AECS_STATUS_INTERNAL.
 * - Secrets are wiped when they are freed. What the program copies, it has to wipe itself.
 * - After fork, a child process must not use the handles of its parent.
 *
 * Programs that were linked with libaecs_client.so.2 go on working with later versions of that name.
 */

#ifndef AECS_H
#define AECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What became of a call.
 */
typedef enum {
  /**
   * It succeeded.
   */
  AECS_STATUS_OK = 0,
  /**
   * The call makes no sense as it is, or not here: an argument is NULL or not UTF-8, or the program
   * runs outside of a TEE.
   */
  AECS_STATUS_USAGE = 1,
  /**
   * A file, a key, a root or a policy is not valid.
   */
  AECS_STATUS_BAD_INPUT = 2,
  /**
   * A file cannot be read.
   */
  AECS_STATUS_NO_INPUT = 3,
  /**
   * The server cannot be reached, or the connection to it does not last.
   */
  AECS_STATUS_UNREACHABLE = 4,
  /**
   * The server is not ready for this yet; later it may be.
   */
  AECS_STATUS_NOT_READY = 5,
  /**
   * The server has no such thing.
   */
  AECS_STATUS_NOT_FOUND = 6,
  /**
   * The server has a thing of this name already.
   */
  AECS_STATUS_EXISTS = 7,
  /**
   * The server denied it: policy, evidence.
   */
  AECS_STATUS_DENIED = 8,
  /**
   * Somebody else has changed the thing since.
   */
  AECS_STATUS_CONFLICT = 9,
  /**
   * The server refused for another reason.
   */
  AECS_STATUS_REFUSED = 10,
  /**
   * The server, or what it says, cannot be trusted; or evidence is not genuine.
   */
  AECS_STATUS_UNTRUSTED = 11,
  /**
   * A file cannot be written.
   */
  AECS_STATUS_CANNOT_WRITE = 12,
  /**
   * A defect of this library, or of the machine.
   */
  AECS_STATUS_INTERNAL = 13,
  /**
   * There is nothing to take now: aecs_watch_next.
   */
  AECS_STATUS_NOTHING = 14,
  /**
   * The buffer is too small; its length says how many bytes are needed.
   */
  AECS_STATUS_SMALL_BUFFER = 15,
} aecs_status;

/**
 * Who gets a secret that an application creates for itself.
 */
typedef enum {
  /**
   * Code with the measurement of this application.
   */
  AECS_BINDING_MEASUREMENT = 0,
  /**
   * Code of the same signer and product, from the security version of this application on: an upgrade
   * keeps its secrets.
   */
  AECS_BINDING_SIGNER = 1,
} aecs_binding;

/**
 * How a key signs.
 */
typedef enum {
  /**
   * RSA: PSS with SHA-256. EC: ECDSA with the hash of the curve. Ed25519. SM2 with SM3.
   */
  AECS_SIGNATURE_DEFAULT = 0,
  /**
   * RSA only.
   */
  AECS_SIGNATURE_RSA_PSS_SHA256 = 1,
  /**
   * RSA only.
   */
  AECS_SIGNATURE_RSA_PSS_SHA384 = 2,
  /**
   * RSA only.
   */
  AECS_SIGNATURE_RSA_PSS_SHA512 = 3,
  /**
   * RSA only.
   */
  AECS_SIGNATURE_RSA_PKCS1_SHA256 = 4,
  /**
   * RSA only.
   */
  AECS_SIGNATURE_RSA_PKCS1_SHA384 = 5,
  /**
   * RSA only.
   */
  AECS_SIGNATURE_RSA_PKCS1_SHA512 = 6,
} aecs_signature;

/**
 * What is done with a key. The numbers are those on the wire.
 */
typedef enum {
  /**
   * As aecs_client_encrypt: input, associated; gives sealed.
   */
  AECS_USE_ENCRYPT = 1,
  /**
   * As aecs_client_decrypt: sealed, associated; gives output.
   */
  AECS_USE_DECRYPT = 2,
  /**
   * As aecs_client_rewrap: sealed, associated; gives sealed.
   */
  AECS_USE_REWRAP = 3,
  /**
   * As aecs_client_sign: algorithm, input; gives sealed.
   */
  AECS_USE_SIGN = 4,
  /**
   * As aecs_client_verify: algorithm, input, sealed; gives valid.
   */
  AECS_USE_VERIFY = 5,
  /**
   * As aecs_client_mac: input; gives sealed.
   */
  AECS_USE_MAC = 6,
  /**
   * As aecs_client_verify_mac: input, sealed; gives valid.
   */
  AECS_USE_VERIFY_MAC = 7,
  /**
   * As aecs_client_derive: input, length, version; gives output and version.
   */
  AECS_USE_DERIVE = 8,
  /**
   * As aecs_client_wrap: input, associated; gives sealed.
   */
  AECS_USE_WRAP = 9,
  /**
   * As aecs_client_unwrap: sealed, associated; gives output.
   */
  AECS_USE_UNWRAP = 10,
  /**
   * As aecs_client_data_key: length, associated; gives output and sealed.
   */
  AECS_USE_DATA_KEY = 11,
  /**
   * As aecs_client_random: length; gives output.
   */
  AECS_USE_RANDOM = 12,
} aecs_use;

/**
 * An application's connection to a server, with its key and its evidence. Belongs to the caller, who frees
 * it with aecs_client_free. Its calls may be made by several threads at once; each returns when it is done.
 * It has threads of its own, which a child process does not have: do not use it after fork.
 */
typedef struct aecs_client aecs_client;

/**
 * Bytes or a text that a call has made. Belongs to the caller, who frees it with aecs_data_free, which
 * wipes it. May be read by several threads at once.
 */
typedef struct aecs_data aecs_data;

/**
 * Evidence that is genuine. Belongs to the caller, who frees it with aecs_verified_free. May be read by
 * several threads at once.
 */
typedef struct aecs_verified aecs_verified;

/**
 * Why a call did not succeed. Belongs to the caller, who frees it with aecs_error_free. Never contains
 * secrets. May be read by several threads at once.
 */
typedef struct aecs_error aecs_error;

/**
 * The secrets that the application can get. Belongs to the caller, who frees it with aecs_list_free. May
 * be read by several threads at once.
 */
typedef struct aecs_list aecs_list;

/**
 * Which server to connect to, and how. Belongs to the caller, who frees it with aecs_options_free. One
 * thread at a time.
 */
typedef struct aecs_options aecs_options;

/**
 * A secret that was fetched. Belongs to the caller, who frees it with aecs_secret_free, which wipes it.
 * It does not need the client any more. May be read by several threads at once.
 */
typedef struct aecs_secret aecs_secret;

/**
 * Verifies evidence: the roots that are trusted. Belongs to the caller, who frees it with
 * aecs_verifier_free. May be used by several threads at once.
 */
typedef struct aecs_verifier aecs_verifier;

/**
 * A secret that is watched. Belongs to the caller, who frees it with aecs_watch_free. aecs_watch_next may
 * be called by several threads at once.
 */
typedef struct aecs_watch aecs_watch;

/**
 * What a watch calls with each version of a secret, or with an error: exactly one of both is not NULL. It
 * belongs to the callback, which frees it. context is what the program gave. Called by a thread of the
 * watch, one call at a time. The callback may call this library, also aecs_watch_free for its own watch.
 * It must return: no exception and no longjmp.
 */
typedef void (*aecs_watch_callback)(void *context, aecs_secret *secret, aecs_error *error);

/**
 * A secret that is wanted.
 */
typedef struct {
  /**
   * NULL or empty for one that this application created.
   */
  const char *service;
  /**
   * Its name.
   */
  const char *secret;
} aecs_wanted;

/**
 * What became of one of several secrets: exactly one of both is not NULL after a call that succeeded. The
 * caller frees it.
 */
typedef struct {
  /**
   * The secret.
   */
  aecs_secret *secret;
  /**
   * Why there is none.
   */
  aecs_error *error;
} aecs_found;

/**
 * One operation with a key. What the operation does not need is not looked at, and may be 0.
 */
typedef struct {
  /**
   * An aecs_use.
   */
  uint32_t kind;
  /**
   * An aecs_signature.
   */
  uint32_t algorithm;
  /**
   * The data, the message, the key or the context.
   */
  const uint8_t *input;
  /**
   * How many bytes it has.
   */
  size_t input_size;
  /**
   * The associated data.
   */
  const uint8_t *associated;
  /**
   * How many bytes it has.
   */
  size_t associated_size;
  /**
   * The ciphertext, signature or MAC.
   */
  const char *sealed;
  /**
   * How many bytes are wanted.
   */
  uint32_t length;
  /**
   * The version of the key; 0 for the current one.
   */
  uint64_t version;
} aecs_operation;

/**
 * What an operation made: error is NULL, or everything else is. The caller frees output, sealed and error.
 */
typedef struct {
  /**
   * What was decrypted, unwrapped, derived or made; empty for other operations.
   */
  aecs_data *output;
  /**
   * The ciphertext, signature or MAC, a text; empty for other operations.
   */
  aecs_data *sealed;
  /**
   * Why the operation was not done.
   */
  aecs_error *error;
  /**
   * The version of the key that was used; 0 if none was.
   */
  uint64_t version;
  /**
   * Whether the signature or the MAC is right.
   */
  bool valid;
} aecs_outcome;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * What became of the call: the same as it returned.
 */
aecs_status aecs_error_status(const aecs_error *error);

/**
 * The error code of the server, for example 0xA4490000; 0 if it did not send one. The codes are in
 * docs/guide/troubleshooting.md.
 */
uint32_t aecs_error_code(const aecs_error *error);

/**
 * Whether the same call may succeed later, with nothing changed on this side: the server cannot be
 * reached, is starting or is busy.
 */
bool aecs_error_is_temporary(const aecs_error *error);

/**
 * What happened, with all causes, in one line. Lives as long as the error. Never NULL, but for NULL.
 */
const char *aecs_error_text(const aecs_error *error);

/**
 * What to do about it; NULL if there is nothing to say beyond the text. Lives as long as the error.
 */
const char *aecs_error_help(const aecs_error *error);

/**
 * Frees an error. NULL is allowed.
 */
void aecs_error_free(aecs_error *error);

/**
 * The bytes: aecs_data_size of them, and a NUL behind them. They live as long as the data. Never NULL,
 * but for NULL.
 */
const uint8_t *aecs_data_bytes(const aecs_data *data);

/**
 * The same as a text. Binary data may have a NUL inside: use aecs_data_size for it.
 */
const char *aecs_data_text(const aecs_data *data);

/**
 * How many bytes there are, without the NUL behind them.
 */
size_t aecs_data_size(const aecs_data *data);

/**
 * Wipes and frees data. NULL is allowed.
 */
void aecs_data_free(aecs_data *data);

/**
 * Options that a kubeconfig gives.
 *
 * kubeconfig: path of the file that says which server to trust, without an administrator.
 * platform: auto, gramine, occlum, tdx, sev_snp or cca; NULL is what AECS_ATTESTER says, or auto.
 *
 * Nothing is sent yet. The caller frees *result.
 */
aecs_status aecs_options_from_kubeconfig(const char *kubeconfig,
                                         const char *platform,
                                         aecs_options **result,
                                         aecs_error **error);

/**
 * Options that the environment gives: AECS_SERVER_POLICY (the kubeconfig; required), AECS_ENDPOINT,
 * AECS_ATTESTER and AECS_ROOTS, see docs/guide/applications.md. Refused in an enclave, whose
 * environment is the host's.
 *
 * Nothing is sent yet. The caller frees *result.
 */
aecs_status aecs_options_from_env(aecs_options **result, aecs_error **error);

/**
 * How many milliseconds to wait for a server that is starting. 0, the default: it must be there.
 */
aecs_status aecs_options_wait_for_start(const aecs_options *options,
                                        uint64_t milliseconds,
                                        aecs_error **error);

/**
 * 32 bytes of the application's own in its evidence, which policies can ask for. Zero by default.
 */
aecs_status aecs_options_user_data(const aecs_options *options,
                                   const uint8_t (*user_data)[32],
                                   aecs_error **error);

/**
 * The suite of the application's key: x25519 (the default), rsa or sm2.
 */
aecs_status aecs_options_suite(const aecs_options *options, const char *suite, aecs_error **error);

/**
 * Frees options. NULL is allowed.
 */
void aecs_options_free(aecs_options *options);

/**
 * Connects as the options say: makes a key and evidence, and checks the server. The options serve for one
 * connection, also for one that fails. The caller frees *result, and the options.
 */
aecs_status aecs_client_connect(const aecs_options *options,
                                aecs_client **result,
                                aecs_error **error);

/**
 * Connects to the server of a kubeconfig: aecs_options_from_kubeconfig and aecs_client_connect in one.
 * The caller frees *result.
 */
aecs_status aecs_client_from_kubeconfig(const char *kubeconfig,
                                        aecs_client **result,
                                        aecs_error **error);

/**
 * Connects as the environment says: aecs_options_from_env and aecs_client_connect in one. The caller
 * frees *result.
 */
aecs_status aecs_client_from_env(aecs_client **result,
                                 aecs_error **error);

/**
 * Ends the connection and frees the client. No other thread may be in a call with it; watches go on until
 * they are freed. NULL is allowed.
 */
void aecs_client_free(aecs_client *client);

/**
 * Gets the current version of a secret. service: NULL or empty for one that this application created.
 * The caller frees *result.
 */
aecs_status aecs_client_get(const aecs_client *client,
                            const char *service,
                            const char *secret,
                            aecs_secret **result,
                            aecs_error **error);

/**
 * Gets the version of a secret with that number, from 1: the current one, or an earlier one that is still
 * kept. service: as of aecs_client_get. The caller frees *result.
 */
aecs_status aecs_client_get_version(const aecs_client *client,
                                    const char *service,
                                    const char *secret,
                                    uint64_t version,
                                    aecs_secret **result,
                                    aecs_error **error);

/**
 * Gets a secret if its current version is not the one that the program has: *result is NULL if it is.
 * known: what was fetched before, of the same service and name; it stays the caller's. The caller frees
 * *result.
 */
aecs_status aecs_client_get_if_changed(const aecs_client *client,
                                       const aecs_secret *known,
                                       aecs_secret **result,
                                       aecs_error **error);

/**
 * Gets a secret as soon as this application can, within a number of milliseconds: when the server works, the
 * secret is there and its policy admits the application. service: as of aecs_client_get. The caller frees
 * *result.
 */
aecs_status aecs_client_get_when_ready(const aecs_client *client,
                                       const char *service,
                                       const char *secret,
                                       uint64_t milliseconds,
                                       aecs_secret **result,
                                       aecs_error **error);

/**
 * Lists the secrets that this application can get now, whose names begin with prefix (NULL: all).
 * service: as of aecs_client_get. The server takes a quarter of a second. The caller frees *result.
 */
aecs_status aecs_client_list(const aecs_client *client,
                             const char *service,
                             const char *prefix,
                             aecs_list **result,
                             aecs_error **error);

/**
 * Gets the public part of a shared secret: a public key or a certificate as PEM, or what its owner
 * shares. service: as of aecs_client_get. The caller frees *result.
 */
aecs_status aecs_client_get_public(const aecs_client *client,
                                   const char *service,
                                   const char *secret,
                                   aecs_data **result,
                                   aecs_error **error);

/**
 * Creates a secret of this application's own, which the server makes.
 * kind: its type, for example SECRET_TYPE_AES256_KEY. binding: an aecs_binding.
 */
aecs_status aecs_client_create(const aecs_client *client,
                               const char *secret,
                               const char *kind,
                               uint32_t binding,
                               aecs_error **error);

/**
 * Destroys a secret that this application created.
 */
aecs_status aecs_client_destroy(const aecs_client *client, const char *secret, aecs_error **error);

/**
 * The name of the secret. Lives as long as the secret.
 */
const char *aecs_secret_name(const aecs_secret *secret);

/**
 * The service of the secret. Lives as long as the secret.
 */
const char *aecs_secret_service(const aecs_secret *secret);

/**
 * The type of the secret, for example SECRET_TYPE_AES256_KEY. Lives as long as the secret.
 */
const char *aecs_secret_type(const aecs_secret *secret);

/**
 * The number of the version, from 1; a higher one is newer. 0 for NULL.
 */
uint64_t aecs_secret_version(const aecs_secret *secret);

/**
 * The secret as a file has it: imported data as it is, a key as hexadecimal digits, a key pair, a
 * certificate or configurations as JSON. The caller frees *result.
 */
aecs_status aecs_secret_data(const aecs_secret *secret, aecs_data **result, aecs_error **error);

/**
 * The bytes of a symmetric key: 32 of AES-256, 16 of SM4. The caller frees *result.
 */
aecs_status aecs_secret_key_bytes(const aecs_secret *secret,
                                  aecs_data **result,
                                  aecs_error **error);

/**
 * A part of the secret, by name:
 *
 * - AES or SM4 key: "hex", "bytes"
 * - key pair: "private-key", "public-key" (PEM)
 * - certificate: "certificate" (PEM, with its chain), "private-key" (PEM), "root" (PEM, if it was given)
 * - configurations: the keys
 * - imported text that is a JSON object: its members, a text as it is, others as JSON
 *
 * The caller frees *result.
 */
aecs_status aecs_secret_field(const aecs_secret *secret,
                              const char *field,
                              aecs_data **result,
                              aecs_error **error);

/**
 * The first PEM block of a field as DER: of "certificate" the certificate itself. The caller frees
 * *result.
 */
aecs_status aecs_secret_field_der(const aecs_secret *secret,
                                  const char *field,
                                  aecs_data **result,
                                  aecs_error **error);

/**
 * The name of a field, from 0; NULL after the last one. Lives as long as the secret.
 */
const char *aecs_secret_field_name(const aecs_secret *secret, size_t index);

/**
 * Wipes and frees a secret. NULL is allowed.
 */
void aecs_secret_free(aecs_secret *secret);

/**
 * How many there are.
 */
size_t aecs_list_size(const aecs_list *list);

/**
 * The name of one, from 0; NULL after the last one. Lives as long as the list.
 */
const char *aecs_list_name(const aecs_list *list, size_t index);

/**
 * The type of one, for example SECRET_TYPE_AES256_KEY; NULL after the last one. Lives as long as the
 * list.
 */
const char *aecs_list_type(const aecs_list *list,
                           size_t index);

/**
 * The number of the current version of one; 0 after the last one.
 */
uint64_t aecs_list_version(const aecs_list *list, size_t index);

/**
 * Frees a list. NULL is allowed.
 */
void aecs_list_free(aecs_list *list);

/**
 * Watches a secret: calls the callback with the current version at once, and with each other one that
 * becomes current. service: as of aecs_client_get. interval: milliseconds between two questions
 * at most, 0 for 30 seconds; where the server pushes notices, the watch asks within about a second after a
 * change. After an error (the secret is deleted, or does not admit the application any more) it goes on
 * asking. It keeps the client's connection. The caller frees *result.
 */
aecs_status aecs_client_watch(const aecs_client *client,
                              const char *service,
                              const char *secret,
                              uint64_t interval,
                              aecs_watch_callback callback,
                              void *context,
                              aecs_watch **result,
                              aecs_error **error);

/**
 * Watches a secret as aecs_client_watch does, for a program with a loop of its own: aecs_watch_fd is
 * readable when aecs_watch_next has something. The caller frees *result.
 */
aecs_status aecs_client_watch_fd(const aecs_client *client,
                                 const char *service,
                                 const char *secret,
                                 uint64_t interval,
                                 aecs_watch **result,
                                 aecs_error **error);

/**
 * The file descriptor of a watch, for poll, select or epoll: readable when aecs_watch_next has something.
 * It is the watch's: do not read from it, and do not close it. -1 for a watch with a callback.
 */
int aecs_watch_fd(const aecs_watch *watch);

/**
 * Takes what a watch has found, and does not wait: the last version, if there were several since, in
 * *result; or an error. AECS_STATUS_NOTHING, without an error, if there is nothing now. The caller frees
 * *result.
 */
aecs_status aecs_watch_next(const aecs_watch *watch,
                            aecs_secret **result,
                            aecs_error **error);

/**
 * Stops a watch and frees it. When it returns, no callback runs any more, unless it is called by that
 * callback. Do not hold a lock that the callback waits for. NULL is allowed.
 */
void aecs_watch_free(aecs_watch *watch);

/**
 * Encrypts data with a key of a service. *result is a text that only the same secret decrypts, with the
 * same associated data. plain, associated: bytes with their lengths; NULL with length 0 is none. The caller frees *result.
 */
aecs_status aecs_client_encrypt(const aecs_client *client,
                                const char *service,
                                const char *secret,
                                const uint8_t *plain,
                                size_t plain_size,
                                const uint8_t *associated,
                                size_t associated_size,
                                aecs_data **result,
                                aecs_error **error);

/**
 * Decrypts what aecs_client_encrypt made, with the same associated data. The caller frees *result.
 */
aecs_status aecs_client_decrypt(const aecs_client *client,
                                const char *service,
                                const char *secret,
                                const char *sealed,
                                const uint8_t *associated,
                                size_t associated_size,
                                aecs_data **result,
                                aecs_error **error);

/**
 * Encrypts or wraps again with the current version what an earlier one has made. The server does that by
 * itself, and shows nothing. The caller frees *result.
 */
aecs_status aecs_client_rewrap(const aecs_client *client,
                               const char *service,
                               const char *secret,
                               const char *sealed,
                               const uint8_t *associated,
                               size_t associated_size,
                               aecs_data **result,
                               aecs_error **error);

/**
 * Wraps another key, given as bytes with their length. The caller frees *result.
 */
aecs_status aecs_client_wrap(const aecs_client *client,
                             const char *service,
                             const char *secret,
                             const uint8_t *key,
                             size_t key_size,
                             const uint8_t *associated,
                             size_t associated_size,
                             aecs_data **result,
                             aecs_error **error);

/**
 * Unwraps what aecs_client_wrap or aecs_client_data_key made. The caller frees *result.
 */
aecs_status aecs_client_unwrap(const aecs_client *client,
                               const char *service,
                               const char *secret,
                               const char *wrapped,
                               const uint8_t *associated,
                               size_t associated_size,
                               aecs_data **result,
                               aecs_error **error);

/**
 * Makes a key of length bytes (16 to 64), for data that is encrypted in the program: *key has it, *wrapped
 * the same wrapped, to be kept beside the data. The caller frees both.
 */
aecs_status aecs_client_data_key(const aecs_client *client,
                                 const char *service,
                                 const char *secret,
                                 uint32_t length,
                                 const uint8_t *associated,
                                 size_t associated_size,
                                 aecs_data **key,
                                 aecs_data **wrapped,
                                 aecs_error **error);

/**
 * Signs a message. algorithm: an aecs_signature. *result is a text. The caller frees *result.
 */
aecs_status aecs_client_sign(const aecs_client *client,
                             const char *service,
                             const char *secret,
                             uint32_t algorithm,
                             const uint8_t *message,
                             size_t message_size,
                             aecs_data **result,
                             aecs_error **error);

/**
 * Whether aecs_client_sign made this signature of the message: *valid. A wrong signature is no error.
 */
aecs_status aecs_client_verify(const aecs_client *client,
                               const char *service,
                               const char *secret,
                               uint32_t algorithm,
                               const uint8_t *message,
                               size_t message_size,
                               const char *signature,
                               bool *valid,
                               aecs_error **error);

/**
 * The MAC of data. *result is a text. The caller frees *result.
 */
aecs_status aecs_client_mac(const aecs_client *client,
                            const char *service,
                            const char *secret,
                            const uint8_t *data,
                            size_t data_size,
                            aecs_data **result,
                            aecs_error **error);

/**
 * Whether aecs_client_mac made this MAC of the data: *valid. A wrong MAC is no error.
 */
aecs_status aecs_client_verify_mac(const aecs_client *client,
                                   const char *service,
                                   const char *secret,
                                   const uint8_t *data,
                                   size_t data_size,
                                   const char *mac,
                                   bool *valid,
                                   aecs_error **error);

/**
 * Derives a key of length bytes (16 to 64) from a key: always the same for the same context and the same
 * version. version: its number, from 1; 0 for the current one. *used: the number of the version; may be
 * NULL. The caller frees *result.
 */
aecs_status aecs_client_derive(const aecs_client *client,
                               const char *service,
                               const char *secret,
                               const uint8_t *context,
                               size_t context_size,
                               uint32_t length,
                               uint64_t version,
                               uint64_t *used,
                               aecs_data **result,
                               aecs_error **error);

/**
 * Random bytes of the server, 4096 at most. The caller frees *result.
 */
aecs_status aecs_client_random(const aecs_client *client,
                               const char *service,
                               const char *secret,
                               uint32_t length,
                               aecs_data **result,
                               aecs_error **error);

/**
 * Gets several secrets in one call. wanted: an array of count. found: an array of count places, which get, in
 * the same order, a secret or why there is none. What the server says of one does not concern the others: the
 * call succeeds. If it fails, no place has anything. The caller frees each secret and each error in found.
 */
aecs_status aecs_client_get_many(const aecs_client *client,
                                 const aecs_wanted *wanted,
                                 size_t count,
                                 aecs_found *found,
                                 aecs_error **error);

/**
 * Does up to 100 operations with a key of a service in one request. operations: an array of count.
 * outcomes: an array of count places, in the same order. What is wrong with one operation is in its outcome, and
 * the call succeeds; if one is not allowed, none is done, and the call fails. If it fails, no place has
 * anything. The caller frees what is in outcomes.
 */
aecs_status aecs_client_batch(const aecs_client *client,
                              const char *service,
                              const char *secret,
                              const aecs_operation *operations,
                              size_t count,
                              aecs_outcome *outcomes,
                              aecs_error **error);

/**
 * A verifier that trusts the vendors' roots, which are built in.
 *
 * roots: further ones, PLATFORM=FILE, separated by commas; NULL for none.
 * simulation_root: path of the root certificate of a software CPU, whose evidence proves nothing; NULL for
 * none.
 *
 * The caller frees *result.
 */
aecs_status aecs_verifier_new(const char *roots,
                              const char *simulation_root,
                              aecs_verifier **result,
                              aecs_error **error);

/**
 * Verifies a report that has its collateral in it (a Passport): JSON, with its length in bytes. time: the second
 * since 1970 for which it is verified; 0 is now. That the evidence is genuine does not mean that it is of
 * the code that is wanted: aecs_verified_admit, or the attributes. The caller frees *result.
 */
aecs_status aecs_verifier_verify(const aecs_verifier *verifier,
                                 const uint8_t *report,
                                 size_t report_size,
                                 uint64_t time,
                                 aecs_verified **result,
                                 aecs_error **error);

/**
 * The attributes as JSON, by their names on the wire (docs/policies.md), for example
 * {"hex_ta_measurement":"…","hex_user_data":"…"}. Those of devices that the attester vouches for are in
 * "nested". Lives as long as the evidence.
 */
const char *aecs_verified_attributes(const aecs_verified *evidence);

/**
 * The public key that the evidence binds, as PEM. Lives as long as the evidence.
 */
const char *aecs_verified_public_key(const aecs_verified *evidence);

/**
 * The last second since 1970 for which the same evidence is genuine: then certificates or collateral
 * expire. 0 for NULL.
 */
uint64_t aecs_verified_valid_until(const aecs_verified *evidence);

/**
 * Whether a policy admits the attester: AECS_STATUS_OK, or AECS_STATUS_DENIED with what does not match.
 * policy: path of a file with one policy, as docs/policies.md has them.
 */
aecs_status aecs_verified_admit(const aecs_verified *evidence,
                                const char *policy,
                                aecs_error **error);

/**
 * Frees evidence. NULL is allowed.
 */
void aecs_verified_free(aecs_verified *evidence);

/**
 * Frees a verifier. NULL is allowed.
 */
void aecs_verifier_free(aecs_verifier *verifier);

/**
 * Why the last of the functions below that this thread has called did not succeed: the text, and in a
 * second line what to do. NULL if it succeeded. Lives until this thread calls another of them.
 */
const char *aecs_last_error(void);

/**
 * Gets a secret and writes it to a file, with mode 0600.
 *
 * aecs_server_endpoint: HOST:PORT; empty for the address in the policy.
 * aecs_server_policy: path of a kubeconfig. Without one, the call is refused, unless
 * AECS_INSECURE_SKIP_SERVER_VERIFICATION=1 is in the environment, outside of an enclave.
 * secret_service: empty for a secret that this application created.
 * secret_policy: path of a secret policy: the secret is refused if it admits anybody whom the file does
 * not admit. Empty: no check.
 * hex_user_data: up to 32 bytes in the evidence, as hexadecimal digits.
 * nonce: not used; each request has a random one, and each answer is checked for it.
 *
 * As in all functions of AECS 2.0, NULL is an empty text. Returns 0, or the error code of the server or of
 * AECS 2.0; aecs_last_error tells more. Each call makes a new connection: aecs_client_get keeps it.
 */
int aecs_client_get_secret_file(const char *aecs_server_endpoint,
                                const char *aecs_server_policy,
                                const char *secret_service,
                                const char *secret_name,
                                const char *secret_policy,
                                const char *hex_user_data,
                                const char *nonce,
                                const char *save_file_name);

/**
 * Gets a secret into a buffer. *secret_outbuf_len: the size of the buffer; afterwards the length of the
 * secret, without the NUL that is written behind it. If the buffer is too small, 0x00050000 is returned,
 * and *secret_outbuf_len is the size that is needed. Else as aecs_client_get_secret_file.
 */
int aecs_client_get_secret_buffer(const char *aecs_server_endpoint,
                                  const char *aecs_server_policy,
                                  const char *secret_service,
                                  const char *secret_name,
                                  const char *secret_policy,
                                  const char *hex_user_data,
                                  const char *nonce,
                                  char *secret_outbuf,
                                  int *secret_outbuf_len);

/**
 * Creates the secrets of a secret policy file, which the server makes, and which only this application
 * gets: one with its measurement. A secret that cannot be created does not keep the others back; the last
 * error is returned. Arguments as of aecs_client_get_secret_file.
 */
int aecs_client_create_ta_secret(const char *aecs_server_endpoint,
                                 const char *aecs_server_policy,
                                 const char *secret_policy_file,
                                 const char *hex_user_data,
                                 const char *nonce);

/**
 * Destroys a secret that this application created. Arguments as of aecs_client_get_secret_file.
 */
int aecs_client_destroy_ta_secret(const char *aecs_server_endpoint,
                                  const char *aecs_server_policy,
                                  const char *secret_name,
                                  const char *hex_user_data,
                                  const char *nonce);

/**
 * Gets the public part of a shared secret and writes it to a file. Needs no TEE. nonce: the answer is
 * for it; must never have been used before. Empty: a random one. Other arguments as of
 * aecs_client_get_secret_file.
 */
int aecs_client_get_secret_public_file(const char *aecs_server_endpoint,
                                       const char *aecs_server_policy,
                                       const char *secret_service,
                                       const char *secret_name,
                                       const char *secret_policy,
                                       const char *nonce,
                                       const char *save_file_name);

/**
 * Gets the public part of a shared secret into a buffer. Arguments as of
 * aecs_client_get_secret_public_file and aecs_client_get_secret_buffer. AECS 2.0 declares the buffer
 * const, and writes to it.
 */
int aecs_client_get_secret_public_buffer(const char *aecs_server_endpoint,
                                         const char *aecs_server_policy,
                                         const char *secret_service,
                                         const char *secret_name,
                                         const char *secret_policy,
                                         const char *nonce,
                                         const char *secret_outbuf,
                                         int *secret_outbuf_len);

/**
 * Deprecated since AECS 2.0: aecs_client_get_secret_file without secret policy and user data.
 */
int aecs_client_get_secret_and_save_file(const char *aecs_server_endpoint,
                                         const char *aecs_server_policy,
                                         const char *secret_service,
                                         const char *secret_name,
                                         const char *nonce,
                                         const char *save_file_name);

/**
 * Deprecated since AECS 2.0: aecs_client_get_secret_buffer without secret policy and user data.
 */
int aecs_client_get_secret_by_buffer(const char *aecs_server_endpoint,
                                     const char *aecs_server_policy,
                                     const char *secret_service,
                                     const char *secret_name,
                                     const char *nonce,
                                     char *secret_outbuf,
                                     int *secret_outbuf_len);

/**
 * Deprecated since AECS 2.0: aecs_client_get_secret_public_file without secret policy.
 */
int aecs_client_get_public_secret_and_save_file(const char *aecs_server_endpoint,
                                                const char *aecs_server_policy,
                                                const char *secret_service,
                                                const char *secret_name,
                                                const char *nonce,
                                                const char *save_file_name);

/**
 * Deprecated since AECS 2.0: aecs_client_get_secret_public_buffer.
 */
int aecs_client_get_public_secret_by_buffer(const char *aecs_server_endpoint,
                                            const char *aecs_server_policy,
                                            const char *secret_service,
                                            const char *secret_name,
                                            const char *secret_policy,
                                            const char *nonce,
                                            const char *secret_outbuf,
                                            int *secret_outbuf_len);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* AECS_H */
