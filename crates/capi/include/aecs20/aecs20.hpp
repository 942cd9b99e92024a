/*
 * The functions of AECS 2.0 with std::string, over those of aecs.h, which say what the arguments are.
 * Each returns 0 or an error code, and aecs_last_error tells more.
 */
#pragma once

#include <aecs.h>

#include <string>

/* As in AECS 2.0. A program that has the type from elsewhere defines AECS_NO_TEE_ERROR_CODE. */
#ifndef AECS_NO_TEE_ERROR_CODE
typedef unsigned int TeeErrorCode;
#endif

namespace aecs20 {

const int kSmallBuffer = 0x00050000;

/* Calls a function with a buffer that grows until it is large enough. *out is wiped if the call fails. */
template <typename Call>
int into_string(std::string* out, Call call) {
  if (out == nullptr) {
    return 0x00020000;
  }
  int code = kSmallBuffer;
  int size = 4096;
  /* Twice: the secret may have become another, longer one. */
  for (int tries = 0; tries < 3 && code == kSmallBuffer; ++tries) {
    out->assign(static_cast<std::string::size_type>(size), '\0');
    code = call(&(*out)[0], &size);
  }
  if (code != 0) {
    out->assign(out->size(), '\0');
    out->clear();
    return code;
  }
  out->resize(static_cast<std::string::size_type>(size));
  return 0;
}

}  // namespace aecs20

inline unsigned int aecs_client_get_secret_to_file(
    const std::string& aecs_server_endpoint, const std::string& aecs_server_policy,
    const std::string& secret_service, const std::string& secret_name,
    const std::string& secret_policy, const std::string& hex_user_data, const std::string& nonce,
    const std::string& save_file_name) {
  return static_cast<unsigned int>(aecs_client_get_secret_file(
      aecs_server_endpoint.c_str(), aecs_server_policy.c_str(), secret_service.c_str(),
      secret_name.c_str(), secret_policy.c_str(), hex_user_data.c_str(), nonce.c_str(),
      save_file_name.c_str()));
}

inline unsigned int aecs_client_get_secret(
    const std::string& aecs_server_endpoint, const std::string& aecs_server_policy,
    const std::string& secret_service, const std::string& secret_name,
    const std::string& secret_policy, const std::string& hex_user_data, const std::string& nonce,
    std::string* secret) {
  return static_cast<unsigned int>(aecs20::into_string(secret, [&](char* buffer, int* size) {
    return aecs_client_get_secret_buffer(
        aecs_server_endpoint.c_str(), aecs_server_policy.c_str(), secret_service.c_str(),
        secret_name.c_str(), secret_policy.c_str(), hex_user_data.c_str(), nonce.c_str(), buffer,
        size);
  }));
}

inline unsigned int aecs_client_create_secret(
    const std::string& aecs_server_endpoint, const std::string& aecs_server_policy,
    const std::string& secret_policy_file, const std::string& hex_user_data,
    const std::string& nonce) {
  return static_cast<unsigned int>(aecs_client_create_ta_secret(
      aecs_server_endpoint.c_str(), aecs_server_policy.c_str(), secret_policy_file.c_str(),
      hex_user_data.c_str(), nonce.c_str()));
}

inline unsigned int aecs_client_destroy_secret(
    const std::string& aecs_server_endpoint, const std::string& aecs_server_policy,
    const std::string& secret_name, const std::string& hex_user_data, const std::string& nonce) {
  return static_cast<unsigned int>(aecs_client_destroy_ta_secret(
      aecs_server_endpoint.c_str(), aecs_server_policy.c_str(), secret_name.c_str(),
      hex_user_data.c_str(), nonce.c_str()));
}

inline unsigned int aecs_client_get_public_secret_to_file(
    const std::string& aecs_server_endpoint, const std::string& aecs_server_policy,
    const std::string& secret_service, const std::string& secret_name, const std::string& nonce,
    const std::string& save_file_name) {
  return static_cast<unsigned int>(aecs_client_get_secret_public_file(
      aecs_server_endpoint.c_str(), aecs_server_policy.c_str(), secret_service.c_str(),
      secret_name.c_str(), "", nonce.c_str(), save_file_name.c_str()));
}

inline unsigned int aecs_client_get_public_secret(
    const std::string& aecs_server_endpoint, const std::string& aecs_server_policy,
    const std::string& secret_service, const std::string& secret_name, const std::string& nonce,
    std::string* secret) {
  return static_cast<unsigned int>(aecs20::into_string(secret, [&](char* buffer, int* size) {
    return aecs_client_get_secret_public_buffer(
        aecs_server_endpoint.c_str(), aecs_server_policy.c_str(), secret_service.c_str(),
        secret_name.c_str(), "", nonce.c_str(), buffer, size);
  }));
}
