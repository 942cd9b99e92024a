# find_package(aecs_client) gives aecs_client::aecs_client, the shared library, and
# aecs_client::aecs_client_static.
get_filename_component(_aecs_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET aecs_client::aecs_client)
  add_library(aecs_client::aecs_client SHARED IMPORTED)
  set_target_properties(aecs_client::aecs_client PROPERTIES
    IMPORTED_LOCATION "${_aecs_prefix}/lib/libaecs_client.so"
    IMPORTED_SONAME "libaecs_client.so.2"
    INTERFACE_INCLUDE_DIRECTORIES "${_aecs_prefix}/include")

  add_library(aecs_client::aecs_client_static STATIC IMPORTED)
  set_target_properties(aecs_client::aecs_client_static PROPERTIES
    IMPORTED_LOCATION "${_aecs_prefix}/lib/libaecs_client.a"
    INTERFACE_INCLUDE_DIRECTORIES "${_aecs_prefix}/include"
    INTERFACE_LINK_LIBRARIES "gcc_s;util;rt;pthread;m;dl;c")
endif()

unset(_aecs_prefix)
