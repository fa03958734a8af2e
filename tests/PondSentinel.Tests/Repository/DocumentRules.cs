using System.Text.RegularExpressions;
using PondSentinel.Sensors;

namespace PondSentinel.Tests.Repository;

/// <summary>What documents promise is there.</summary>
public sealed partial class DocumentRules
{
    private static readonly string[] Documents =
        [.. Checkout.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal))];

    [Fact]
    public void Every_link_to_a_file_of_the_repository_leads_somewhere() =>
        Assert.Equal([], Documents.SelectMany(document => Links(document).Where(link => !Resolves(document, link))
            .Select(link => $"{document}: {link}")));

    [Fact]
    public void Every_driver_has_a_page_that_a_chemist_can_follow() =>
        Assert.Equal([], Checkout.Files
            .Where(file => file.StartsWith("src/PondSentinel.Sensors/Drivers/", StringComparison.Ordinal))
            .Select(file => string.Join('/', file.Split('/')[..4]))
            .Distinct(StringComparer.Ordinal)
            .Where(folder => !Checkout.Files.Contains($"{folder}/README.md", StringComparer.Ordinal)));

    [Fact]
    public void Every_model_has_a_page_on_how_to_wire_it() =>
        Assert.Equal([], SensorCatalogue.Models.Keys
            .Select(model => $"hardware/sensors/{model}.md")
            .Except(Checkout.Files, StringComparer.Ordinal));

    private static IEnumerable<string> Links(string document) =>
        Link().Matches(Verbatim().Replace(Checkout.Text(document), ""))
            .Select(match => match.Groups["target"].Value)
            .Where(target => !Elsewhere().IsMatch(target));

    private static bool Resolves(string document, string link)
    {
        var parts = link.Split('#', 2);
        var target = parts[0].Length == 0
            ? Checkout.Absolute(document)
            : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Checkout.Absolute(document))!, Uri.UnescapeDataString(parts[0])));
        if (parts.Length == 2 && target.EndsWith(".md", StringComparison.Ordinal))
        {
            return File.Exists(target) && Headings(File.ReadAllText(target)).Contains(parts[1], StringComparer.Ordinal);
        }

        return target.StartsWith(Checkout.Root, StringComparison.Ordinal) && (File.Exists(target) || Directory.Exists(target));
    }

    // As the usual renderers make anchors: lower case, marks dropped, blanks to hyphens.
    private static IEnumerable<string> Headings(string text) =>
        Heading().Matches(Verbatim().Replace(text, "")).Select(match =>
            string.Concat(match.Groups["text"].Value.Trim().ToLowerInvariant()
                .Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-'));

    [GeneratedRegex(@"\[[^\]]*\]\((?<target>[^)\s]+)(\s+""[^""]*"")?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^(```|~~~).*?^\1|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Verbatim();

    [GeneratedRegex(@"^[a-z][a-z0-9+.-]*:", RegexOptions.IgnoreCase)]
    private static partial Regex Elsewhere();

    [GeneratedRegex(@"^#{1,6}\s+(?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
