using System.Text.RegularExpressions;

namespace PondSentinel.Tests.Repository;

/// <summary>What may not lie in the repository at all.</summary>
public sealed partial class SourceRules
{
    private const int LinesMax = 650;
    private const long BytesMax = 512 * 1024;

    private static readonly string[] TopLevel =
    [
        ".ci", ".editorconfig", ".gitattributes", ".github", ".gitignore", "BannedSymbols.txt", "Directory.Build.props",
        "Directory.Packages.props", "LICENSE", "PondSentinel.sln", "README.md", "deploy", "global.json", "hardware", "src",
        "tests",
    ];

    private static readonly string[] TextFiles =
    [
        ".cs", ".csproj", ".css", ".html", ".js", ".json", ".md", ".props", ".py", ".service", ".sh", ".sln", ".toml",
        ".txt", ".xml", ".yml", ".conf",
    ];

    private static readonly string[] Code =
        [.. Checkout.Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal))];

    [Fact]
    public void Top_folder_holds_only_what_the_architecture_names() =>
        Assert.Equal([], Checkout.TopLevel.Except(TopLevel, StringComparer.Ordinal));

    [Fact]
    public void No_file_is_too_long_to_be_read_in_one_go() =>
        Assert.Equal([], Code
            .Where(file => file.StartsWith("src/", StringComparison.Ordinal))
            .Select(file => (File: file, Lines: File.ReadLines(Checkout.Absolute(file)).Count()))
            .Where(file => file.Lines > LinesMax));

    [Fact]
    public void No_file_is_larger_than_text_for_people_needs_to_be() =>
        Assert.Equal([], Checkout.Files
            .Select(file => (File: file, Bytes: new FileInfo(Checkout.Absolute(file)).Length))
            .Where(file => file.Bytes > BytesMax));

    [Fact]
    public void Nothing_is_left_for_later() => Assert.Equal([], Places(Code, Unfinished()));

    [Fact]
    public void No_test_is_skipped() => Assert.Equal([], Places(Code, Skipped()));

    [Fact]
    public void Nothing_names_a_path_of_somebodys_own_machine() =>
        Assert.Equal([], Places(Checkout.Files.Where(IsText), PrivatePath()));

    // The marks are put together from two halves, so that this file does not hold what it forbids.
    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|XX" + @"X|HA" + @"CK|NotImplemented" + @"Exception)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\bSkip(Unless|When)?\s*" + @"=|\bAssert\.Sk" + @"ip")]
    private static partial Regex Skipped();

    // A file:// or https:// address may have such a part; a path stands after a blank, a quote or the like.
    [GeneratedRegex(@"(?<![\w./:-])(/(home|root|work|farm|Users|mnt)/[\w.]|[A-Z]:\\Users\\)")]
    private static partial Regex PrivatePath();

    private static bool IsText(string file) =>
        TextFiles.Contains(Path.GetExtension(file), StringComparer.Ordinal) || file == ".ci/run";

    private static IEnumerable<string> Places(IEnumerable<string> files, Regex pattern) =>
        files.SelectMany(file => File.ReadLines(Checkout.Absolute(file))
            .Select((line, index) => (Line: line, Number: index + 1))
            .Where(line => pattern.IsMatch(line.Line))
            .Select(line => $"{file}:{line.Number}: {line.Line.Trim()}"));
}
