// Names of files from URLs and from Content-Disposition: plain names only, whatever an origin says.
#include "../../deploy/command/file_name.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace sluice::command;

namespace {
const std::string none = "(none)";
std::string named(const std::string& field) { return file_name_of_disposition(field).value_or(none); }
} // namespace

BOOST_AUTO_TEST_SUITE(file_names)

BOOST_AUTO_TEST_CASE(a_url_gives_the_end_of_its_path) {
  for (const auto& [url, expected] : std::vector<std::pair<std::string, std::string>>{
           {"http://h/a/b.txt", "b.txt"},
           {"http://h/a/b.txt?c=/d#/e", "b.txt"},
           {"http://h/a%20b%2f..", "a%20b%2f.."},
           {"http://h/folder/", "folder"},
           {"http://h/", "sluice_response"},
           {"http://h", "sluice_response"},
           {"http://h?a=/b", "sluice_response"},
           {"http://h/..", "sluice_response"},
           {"http://h/a\\b", "a_b"},
           {"http://h/a\x1b[2Jb", "a_[2Jb"},
           {"h/x", "x"},
       })
    BOOST_TEST(file_name_of_url(url) == expected, url);
  BOOST_TEST(file_name_of_url("http://h/" + std::string(5000, 'n')).size() == file_name_bytes_max);
}

BOOST_AUTO_TEST_CASE(the_forms_of_rfc_6266_are_read) {
  for (const auto& [field, expected] : std::vector<std::pair<std::string, std::string>>{
           {"attachment; filename=a.txt", "a.txt"},
           {"Attachment;FileName = \"a b;c.txt\" ; x=1", "a b;c.txt"},
           {R"(attachment; filename="a \"b\".txt")", "a \"b\".txt"},
           {"attachment; filename*=UTF-8''%e2%82%ac%20rates.txt", "\xe2\x82\xac rates.txt"},
           {"attachment; filename=\"EURO rates\"; filename*=utf-8'en'%e2%82%ac", "\xe2\x82\xac"},
           {"attachment; filename*=UTF-8''y; filename=x", "y"},
           {"attachment; filename*=iso-8859-1''%A3", "\xc2\xa3"},
           {"attachment; filename*=koi8-r''%A3; filename=x", "x"},
           {"attachment; filename*=UTF-8''%2; filename=x", "x"},
           {"inline", none},
           {"attachment; filename", none},
           {"attachment; filename=", none},
           {"attachment; filename=\"\"", none},
           {"filename=x", none}, // of the place of the type
           {"attachment; xfilename=y", none},
       })
    BOOST_TEST(named(field) == expected, field);
}

BOOST_AUTO_TEST_CASE(nothing_but_a_plain_visible_name_is_taken) {
  for (const auto& [field, expected] : std::vector<std::pair<std::string, std::string>>{
           {"attachment; filename=\"../../etc/passwd\"", "passwd"},
           {"attachment; filename=\"/\"", none},
           {"attachment; filename=\"a/\"", none},
           {"attachment; filename=\"..\"", none},
           {"attachment; filename=\"._.\"", none},
           {"attachment; filename=\".bashrc\"", "_bashrc"},
           {R"(attachment; filename="C:\dir\file.exe")", "file.exe"},
           {"attachment; filename*=UTF-8''..%2f..%2fx", "x"},
           {"attachment; filename*=UTF-8''a%00b%0ac%7f", "a_b_c_"},
           {"attachment; filename*=UTF-8''%E2%80%AEgpj.exe", "_gpj.exe"},
           {"attachment; filename*=UTF-8''%c0%afx", "__x"},
           {"attachment; filename=\"caf\xe9\"", "caf_"},
           {"attachment; filename=\"  a  \"", "a"},
       })
    BOOST_TEST(named(field) == expected, field);
  const auto longest = named("attachment; filename*=UTF-8''" + std::string(199, 'n') + "%e2%82%ac");
  BOOST_TEST(longest == std::string(199, 'n')); // no character is cut in the middle
}

BOOST_AUTO_TEST_SUITE_END()
