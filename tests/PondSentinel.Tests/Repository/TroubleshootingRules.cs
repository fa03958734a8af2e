using System.Text.RegularExpressions;

namespace PondSentinel.Tests.Repository;

/// <summary>Whoever looks for what a program said finds it: troubleshooting quotes what is in the code.</summary>
public sealed partial class TroubleshootingRules
{
    private const string Page = "deploy/TROUBLESHOOTING.md";

    [Fact]
    public void Every_message_that_is_quoted_is_in_the_code()
    {
        var code = string.Concat(Checkout.Files
            .Where(file => file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal))
            .Select(Checkout.Text))
            .Replace("\\\"", "\"", StringComparison.Ordinal);
        var quoted = Quoted().Matches(Checkout.Text(Page)).Select(match => match.Groups["message"].Value).ToList();
        Assert.Equal([], quoted.Where(message => !code.Contains(message, StringComparison.Ordinal)));
        Assert.True(quoted.Count > 20, $"{Page} quotes {quoted.Count} messages: has its form changed?");
    }

    [GeneratedRegex(@"^\| `(?<message>[^`]+)`", RegexOptions.Multiline)]
    private static partial Regex Quoted();
}
