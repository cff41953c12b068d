# Finds the static wolfSSL that deploy/dependencies builds (or any other with QUIC and the OpenSSL layer).
include(FindPackageHandleStandardArgs)
find_path(wolfSSL_INCLUDE_DIR wolfssl/ssl.h)
find_library(wolfSSL_LIBRARY NAMES libwolfssl.a wolfssl)
set(wolfSSL_NEEDS m)
if(wolfSSL_INCLUDE_DIR AND EXISTS ${wolfSSL_INCLUDE_DIR}/wolfssl/options.h)
  file(STRINGS ${wolfSSL_INCLUDE_DIR}/wolfssl/options.h _ipsec_mb REGEX "define WOLFSSL_IPSEC_MB") # deploy/patches
  if(_ipsec_mb)
    list(APPEND wolfSSL_NEEDS IPSec_MB)
  endif()
  unset(_ipsec_mb)
endif()
find_package_handle_standard_args(wolfSSL REQUIRED_VARS wolfSSL_LIBRARY wolfSSL_INCLUDE_DIR)
if(wolfSSL_FOUND AND NOT TARGET wolfSSL::wolfSSL)
  add_library(wolfSSL::wolfSSL UNKNOWN IMPORTED)
  set_target_properties(wolfSSL::wolfSSL PROPERTIES
    IMPORTED_LOCATION "${wolfSSL_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${wolfSSL_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${wolfSSL_NEEDS}")
endif()
