# Finds the static wolfSSL that deploy/dependencies builds (or any other with QUIC and the OpenSSL layer).
include(FindPackageHandleStandardArgs)
find_path(wolfSSL_INCLUDE_DIR wolfssl/ssl.h)
find_library(wolfSSL_LIBRARY NAMES libwolfssl.a wolfssl)
set(wolfSSL_NEEDS m)
set(_wolfssl_wanted)
set(_wolfssl_reason "wolfSSL with QUIC: Debian packages none. `deploy/dependencies` of sluice's source builds one into ~/.cache/sluice/prefix. Name that prefix in CMAKE_PREFIX_PATH (the presets: in the environment variable SLUICE_DEPS).")
if(wolfSSL_INCLUDE_DIR AND EXISTS ${wolfSSL_INCLUDE_DIR}/wolfssl/options.h)
  file(STRINGS ${wolfSSL_INCLUDE_DIR}/wolfssl/options.h _ipsec_mb REGEX "define WOLFSSL_IPSEC_MB") # deploy/patches
  if(_ipsec_mb)
    list(APPEND wolfSSL_NEEDS IPSec_MB)
    find_library(wolfSSL_IPSec_MB_LIBRARY IPSec_MB)
    set(_wolfssl_wanted wolfSSL_IPSec_MB_LIBRARY)
    mark_as_advanced(wolfSSL_IPSec_MB_LIBRARY)
    if(wolfSSL_LIBRARY)
      set(_wolfssl_reason "This wolfSSL uses intel-ipsec-mb: Debian's package libipsec-mb-dev. `apt-get install libipsec-mb-dev` installs it.")
    endif()
  endif()
  unset(_ipsec_mb)
endif()
find_package_handle_standard_args(wolfSSL REQUIRED_VARS wolfSSL_LIBRARY wolfSSL_INCLUDE_DIR ${_wolfssl_wanted}
  REASON_FAILURE_MESSAGE "${_wolfssl_reason}")
unset(_wolfssl_wanted)
unset(_wolfssl_reason)
if(wolfSSL_FOUND AND NOT TARGET wolfSSL::wolfSSL)
  add_library(wolfSSL::wolfSSL UNKNOWN IMPORTED)
  set_target_properties(wolfSSL::wolfSSL PROPERTIES
    IMPORTED_LOCATION "${wolfSSL_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${wolfSSL_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${wolfSSL_NEEDS}")
endif()
