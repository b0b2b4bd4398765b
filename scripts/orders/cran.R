# Compares the pairs on standard input as R's compareVersion does. R makes NA of numbers that don't fit, which has no order.
input <- file("stdin", "rb")
bytes <- raw()
while (length(part <- readBin(input, "raw", 2^20)) > 0) bytes <- c(bytes, part)
close(input)
# readLines would take carriage returns for ends of lines.
lines <- strsplit(rawToChar(bytes), "\n", fixed = TRUE, useBytes = TRUE)[[1]]
Encoding(lines) <- "UTF-8"
pairs <- regmatches(lines, regexpr("\t", lines, fixed = TRUE), invert = TRUE)
limit <- .Machine$integer.max
valid <- function(texts) {
  fine <- grepl(paste0("^", .standard_regexps()$valid_numeric_version, "$"), texts)
  fine & vapply(strsplit(texts, "[.-]"), function(parts) all(suppressWarnings(as.numeric(parts)) <= limit), NA)
}
a <- vapply(pairs, `[`, "", 1)
b <- vapply(pairs, `[`, "", 2)
fine <- valid(a) & valid(b)
answers <- rep("?", length(lines))
for (place in which(fine %in% TRUE)) answers[place] <- c("<", "=", ">")[compareVersion(a[place], b[place]) + 2]
writeLines(answers)
