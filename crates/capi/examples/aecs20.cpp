// A program of AECS 2.0 in C++: aecs20 ENDPOINT SERVER_POLICY TA_SECRET_POLICY FILE
#include "occlum_aecs_client_lib.h"
#include "public_aecs_client_lib.h"

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: aecs20 ENDPOINT SERVER_POLICY TA_SECRET_POLICY FILE\n";
    return 64;
  }
  const std::string endpoint = argv[1], server = argv[2], own_policy = argv[3], file = argv[4];
  std::string password, chain;
  TeeErrorCode code = aecs_client_get_secret(endpoint, server, "service1", "secret-my-password", "",
                                             "", "", &password);
  if (code == 0) {
    std::cout << "password: " << password.size() << " bytes\n";
    code = aecs_client_get_secret_to_file(endpoint, server, "service1", "secret-my-password", "", "",
                                          "", file);
  }
  if (code == 0) {
    code = aecs_client_create_secret(endpoint, server, own_policy, "", "");
  }
  if (code == 0) {
    code = aecs_client_destroy_secret(endpoint, server, "secret-my-aes256-key", "", "");
  }
  if (code == 0) {
    code = aecs_client_get_public_secret(endpoint, server, "service1", "secret-my-certificate", "",
                                         &chain);
    std::cout << "certificate: " << chain.substr(0, 27) << "\n";
  }
  if (code != 0) {
    std::cerr << "error: " << aecs_last_error() << "\n";
  }
  return code == 0 ? 0 : 1;
}
