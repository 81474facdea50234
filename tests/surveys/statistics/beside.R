# The figures of R's survey for every sample in a folder: Rscript beside.R FOLDER writes FOLDER/r.csv.
#
# A sample is caseN.csv with its margins in marginsN.csv. Three things are written around because survey 4.1 stumbles
# over missing values in raked designs: subsets and zeros stand for na.rm, a contrast of totals for svyby's covariances.
suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu = "fail")
folder <- commandArgs(TRUE)[1]
found <- list()

say <- function(case, what, group, value, se = NA, low = NA, high = NA) {
  numbers <- sprintf("%.17g", c(value, se, low, high))
  found[[length(found) + 1]] <<- c(case, what, as.character(group), numbers)
}

fitted_to <- function(design, fit, margins) {
  a <- margins[margins$name == "a", ]
  b <- margins[margins$name == "b", ]
  if (fit == "rake") {
    tables <- list(data.frame(a = a$level, Freq = a$total), data.frame(b = b$level, Freq = b$total))
    return(rake(design, list(~a, ~b), tables, control = list(maxit = 200, epsilon = 1e-12, verbose = FALSE)))
  }
  totals <- c(setNames(a$total, paste0("a", a$level)), setNames(b$total, paste0("b", b$level))[-1])
  calibrate(design, ~ a + b - 1, totals, calfun = "raking", maxit = 200, epsilon = 1e-13)
}

figures <- function(case, design) {
  df <- degf(design)
  with_interval <- function(what, figure) {
    bounds <- confint(figure, df = df)
    say(case, what, "", coef(figure), SE(figure), bounds[1], bounds[2])
  }
  answered <- subset(design, has)
  with_interval("mean", svymean(~x0, answered))
  with_interval("total", svytotal(~x0, answered))
  say(case, "deff", "", deff(svymean(~x0, answered, deff = TRUE)))
  share <- svyciprop(~yes, subset(design, !is.na(y)), method = "logit", df = df)
  say(case, "proportion", "", as.numeric(share), SE(share), attr(share, "ci")[1], attr(share, "ci")[2])
  groups <- svyby(~x0, ~g, answered, svymean)
  for (row in seq_len(nrow(groups))) say(case, "by", groups$g[row], groups$x0[row], groups$se[row])
  change <- svycontrast(svytotal(~x1 + i1 + x2 + i2, design), quote(x2 / i2 - x1 / i1))
  say(case, "change", "", coef(change), SE(change))
  say(case, "weights", "", sum(weights(design)), sum(weights(design)^2))
  bound <- 2^ceiling(log2(2 * mean(weights(design)))) # a power of two, or R trims rounding errors without end
  trimmed <- trimWeights(design, upper = bound, strict = TRUE)
  say(case, "trimmed", "", sum(weights(trimmed)^2), SE(svymean(~x0, subset(trimmed, has))))
}

for (file in sort(list.files(folder, "^case.*csv$", full.names = TRUE))) {
  text <- c("s", "c", "g", "a", "b", "y")
  rows <- read.csv(file, colClasses = setNames(rep("character", length(text)), text), na.strings = "NA")
  margins <- read.csv(sub("case", "margins", file), colClasses = c(level = "character"))
  rows$yes <- as.numeric(!is.na(rows$y) & rows$y == "yes")
  rows$has <- !is.na(rows$x)
  rows$x0 <- ifelse(rows$has, rows$x, 0)
  for (wave in 1:2) {
    rows[[paste0("i", wave)]] <- as.numeric(rows$has & rows$wave == wave)
    rows[[paste0("x", wave)]] <- rows$x0 * rows[[paste0("i", wave)]]
  }
  for (kind in c("plain", "strata", "clusters", "both")) for (fpc in c("no", "yes")) {
    rows$n <- rows[[paste0("n_", kind)]]
    design <- svydesign(
      id = if (kind %in% c("clusters", "both")) ~c else ~1,
      strata = if (kind %in% c("strata", "both")) ~s,
      weights = ~w, fpc = if (fpc == "yes") ~n, data = rows
    )
    for (fit in c("no", "rake", "calibrate")) {
      case <- paste(sub("[.]csv$", "", basename(file)), kind, fpc, fit)
      figures(case, if (fit == "no") design else fitted_to(design, fit, margins))
    }
  }
}
table <- as.data.frame(do.call(rbind, found))
names(table) <- c("case", "what", "group", "value", "se", "low", "high")
write.csv(table, file.path(folder, "r.csv"), row.names = FALSE, quote = FALSE)
