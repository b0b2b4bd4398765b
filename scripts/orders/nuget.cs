// Compares the pairs on standard input as NuGet does. Built against NuGet.exe, which carries NuGet.Versioning.
using System;
using System.IO;
using System.Text;
using NuGet.Versioning;

class Compare
{
    static void Main()
    {
        var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false)).ReadToEnd();
        var answers = new StringBuilder();
        foreach (var line in input.Substring(0, input.Length - 1).Split('\n'))
        {
            var pair = line.Split('\t');
            NuGetVersion a, b;
            if (!NuGetVersion.TryParse(pair[0], out a) || !NuGetVersion.TryParse(pair[1], out b))
            {
                answers.Append("?\n");
                continue;
            }
            var order = VersionComparer.Default.Compare(a, b);
            answers.Append(order < 0 ? "<\n" : order > 0 ? ">\n" : "=\n");
        }
        Console.Write(answers);
    }
}
