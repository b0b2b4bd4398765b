import java.nio.charset.StandardCharsets;
import org.apache.maven.artifact.versioning.ComparableVersion;

/** Compares the pairs on standard input as Maven does. */
class Maven {
    public static void main(String[] arguments) throws Exception {
        String input = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        StringBuilder answers = new StringBuilder();
        for (String line : input.substring(0, input.length() - 1).split("\n", -1)) {
            int tab = line.indexOf('\t');
            ComparableVersion one = new ComparableVersion(line.substring(0, tab));
            int order = one.compareTo(new ComparableVersion(line.substring(tab + 1)));
            answers.append(order < 0 ? "<\n" : order > 0 ? ">\n" : "=\n");
        }
        System.out.print(answers);
    }
}
