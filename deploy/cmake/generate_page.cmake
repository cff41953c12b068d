# Run by `cmake -P` during the build: writes what `COMMAND --generate PAGE` prints to FILE.
execute_process(COMMAND ${COMMAND} --generate ${PAGE} OUTPUT_FILE ${FILE}.new COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${FILE}.new ${FILE})
