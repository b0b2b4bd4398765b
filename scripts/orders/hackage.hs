-- Compares the pairs on standard input as Cabal does.
import Distribution.Parsec (simpleParsec)
import Distribution.Version (Version)
import GHC.IO.Encoding (setLocaleEncoding, utf8)
import System.IO

main :: IO ()
main = do
  setLocaleEncoding utf8
  hSetNewlineMode stdin noNewlineTranslation
  hSetEncoding stdin utf8
  getContents >>= mapM_ (putStrLn . answer) . lines

answer :: String -> String
answer line = case (simpleParsec a, simpleParsec (drop 1 b)) of
  (Just one, Just other) -> case compare (one :: Version) other of
    LT -> "<"
    EQ -> "="
    GT -> ">"
  _ -> "?"
  where
    (a, b) = break (== '\t') line
