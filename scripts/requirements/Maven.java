import java.nio.charset.StandardCharsets;
import org.apache.maven.artifact.versioning.DefaultArtifactVersion;
import org.apache.maven.artifact.versioning.InvalidVersionSpecificationException;
import org.apache.maven.artifact.versioning.VersionRange;

/** Judges the lines `requirement<TAB>version` on standard input as Maven does. `!` where it refuses the requirement. */
class Maven {
    public static void main(String[] arguments) throws Exception {
        String input = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        StringBuilder answers = new StringBuilder();
        for (String line : input.substring(0, input.length() - 1).split("\n", -1)) {
            int tab = line.indexOf('\t');
            try {
                VersionRange range = VersionRange.createFromVersionSpec(line.substring(0, tab));
                boolean holds = range.containsVersion(new DefaultArtifactVersion(line.substring(tab + 1)));
                answers.append(holds ? "y\n" : "n\n");
            } catch (InvalidVersionSpecificationException exception) {
                answers.append("!\n");
            }
        }
        System.out.print(answers);
    }
}
