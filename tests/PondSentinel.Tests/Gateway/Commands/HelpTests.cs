using System.CommandLine;
using PondSentinel.Gateway.Commands;

namespace PondSentinel.Tests.Gateway.Commands;

/// <summary>Help is for a phone's terminal in the mud.</summary>
public sealed class HelpTests
{
    /// <summary>Every verb, as its words.</summary>
    public static TheoryData<string> Verbs => [.. Below(GatewayCommandLine.Root(), "")];

    /// <summary>What is indented is a table or an example, and a break in it makes it another; what is prose breaks where the line is full.
    /// </summary>
    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task No_line_of_a_description_is_broken_before_it_is_full(string verb)
    {
        string[] words = verb.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using var output = new StringWriter();

        await GatewayCommandLine.InvokeAsync([.. words, "--help"], output, TextWriter.Null);

        List<string> shown = [.. output.ToString().Split('\n').Skip(1).TakeWhile(line => line != "Usage:").Select(line => line.TrimEnd())];
        var command = words.Aggregate((Command)GatewayCommandLine.Root(), (above, word) => above.Subcommands.Single(below => below.Name == word));
        Assert.Subset(shown.ToHashSet(), command.Description!.Split('\n').Where(line => line.StartsWith(' ')).Select(line => $"  {line}").ToHashSet());
        Assert.Equal([], shown.Zip(shown.Skip(1)).Where(pair => IsProse(pair.First) && IsProse(pair.Second)
            && $"{pair.First} {pair.Second.TrimStart().Split(' ')[0]}".Length < VerbHelp.ColumnsMax - 1));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Every_verb_has_an_example_of_itself_and_no_line_is_wider_than_a_phone_shows(string verb)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = await GatewayCommandLine.InvokeAsync(
            [.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"], output, error);

        Assert.Equal((0, ""), (code, error.ToString()));
        var text = output.ToString();
        Assert.DoesNotContain('\u001b', text);
        Assert.Contains(text.Split('\n'), line => line.TrimStart().StartsWith($"pond-gateway {verb}", StringComparison.Ordinal));
        Assert.Equal([], text.Split('\n').Where(line => line.TrimEnd().Length > VerbHelp.ColumnsMax));
    }

    [Fact]
    public async Task Help_of_the_program_is_one_screen_and_has_every_verb_in_a_line()
    {
        using var output = new StringWriter();

        Assert.Equal(0, await GatewayCommandLine.InvokeAsync(["--help"], output, TextWriter.Null));

        var lines = output.ToString().TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 20, VerbOverview.LinesMax);
        Assert.Equal(
            GatewayCommandLine.Root().Subcommands.Select(verb => verb.Name),
            lines.SkipWhile(line => line != "Commands:").TakeWhile(line => line != "Options:")
                .Where(line => line is [' ', ' ', >= 'a' and <= 'z', ..]).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, VerbHelp.ColumnsMax));
    }

    [Theory]
    [InlineData("")]
    [InlineData("stauts")]
    [InlineData("sample add")]
    [InlineData("status --jason")]
    public async Task Misuse_has_a_code_of_its_own(string arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = await GatewayCommandLine.InvokeAsync(
            arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error);

        Assert.Equal(ExitCode.Misuse, code);
        Assert.NotEqual("", error.ToString());
        Assert.DoesNotContain('\u001b', error.ToString());
    }

    private static bool IsProse(string line) => line is [' ', ' ', not ' ', ..];

    private static IEnumerable<string> Below(Command command, string words) =>
        command.Subcommands.SelectMany(below => Below(below, $"{words} {below.Name}".Trim())).Prepend(words);
}
