using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Commands;
using PondSentinel.Tests.Gateway.Configuration;

namespace PondSentinel.Tests.Gateway.Commands;

/// <summary>Where no gateway runs: what is shown, what is written, what is refused.</summary>
public sealed class ApplyCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("apply").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private string Config => Path.Combine(folder, "gateway.toml");

    // The folder of a test.
    private string Warning => $"{Other}:21:1: warning: {folder}/buffer does not outlive a restart of the machine; use a folder under /var/lib\n";

    private string Other => Path.Combine(folder, "new.toml");

    [Fact]
    public async Task Difference_is_shown_and_nothing_is_changed_in_a_dry_run()
    {
        File.WriteAllText(Config, Text("broker.example.org"));
        File.WriteAllText(Other, Text("broker.example.com"));

        Assert.Equal(
            (0, "- uplink.host = \"broker.example.org\"\n+ uplink.host = \"broker.example.com\"\nnothing is changed (--dry-run)\n", Warning),
            await ApplyAsync(Other, "--dry-run"));
        Assert.Equal(Text("broker.example.org"), File.ReadAllText(Config));
        Assert.Equal([Config, Other], Directory.GetFiles(folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_applied_keeps_the_rights_and_the_one_before_which_can_be_put_back()
    {
        File.WriteAllText(Config, Text("broker.example.org"));
        FileRights.Copy(Config, Path.Combine(folder, "missing"));
        File.WriteAllText(Other, Text("broker.example.com"));

        var (code, output, error) = await ApplyAsync(Other);
        Assert.Equal((0, Warning), (code, error));
        Assert.Equal(
            $"""
            - uplink.host = "broker.example.org"
            + uplink.host = "broker.example.com"
            {Config}: written, the one before is kept as {Config}.1
            no gateway runs by it: it holds from the next start on

            """,
            output);
        Assert.Equal(Text("broker.example.com"), File.ReadAllText(Config));
        Assert.All((string[])[Config, $"{Config}.1"], file => Assert.Equal(Private, ModeOf(file)));

        // Again is nothing, and back is back.
        Assert.Equal((0, "the same, letter by letter: nothing to do\n", Warning), await ApplyAsync(Other));
        Assert.Equal(0, (await ApplyAsync("--undo")).Code);
        Assert.Equal(Text("broker.example.org"), File.ReadAllText(Config));
        (code, output, error) = await ApplyAsync("--list");
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(
            $@"\A{Config}: in force since it was read last\n{Config}\.1: replaced .* UTC, 1 settings differ\n{Config}\.2: replaced .* UTC, 0 settings differ\n\z", output);
    }

    [Fact]
    public async Task Link_goes_on_leading_where_it_leads()
    {
        var real = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "real")).FullName, "site.toml");
        File.WriteAllText(real, Text("broker.example.org"));
        File.CreateSymbolicLink(Config, real);
        File.WriteAllText(Other, Text("broker.example.com"));

        var (code, output, _) = await ApplyAsync(Other);
        Assert.Equal(0, code);
        Assert.Contains($"\n{Config}: written, the one before is kept as {real}.1\n", output, StringComparison.Ordinal);
        Assert.Equal(real, new FileInfo(Config).LinkTarget);
        Assert.Equal((Text("broker.example.com"), Text("broker.example.org")), (File.ReadAllText(real), File.ReadAllText($"{real}.1")));
    }

    [Fact]
    public async Task What_has_a_mistake_is_told_and_not_written()
    {
        File.WriteAllText(Config, Text("broker.example.org"));
        File.WriteAllText(Other, Text("mqtt://broker"));

        var (code, output, error) = await ApplyAsync(Other);
        Assert.Equal((2, ""), (code, output));
        Assert.Equal(
            $"{Other}:23:1: host of [uplink] is no name or address: \"mqtt://broker\"; write it alone, without mqtt:// and without the port\n{Warning}1 mistake\n",
            error);
        Assert.Equal(Text("broker.example.org"), File.ReadAllText(Config));
    }

    [Fact]
    public async Task Nobody_is_told_that_no_gateway_runs_where_the_one_before_does_not_say_where_it_would()
    {
        File.WriteAllText(Config, Text("mqtt://broker"));
        File.WriteAllText(Other, Text("broker.example.org"));

        var (code, output, _) = await ApplyAsync(Other);

        Assert.Equal(0, code);
        Assert.EndsWith(
            $"\n{Config}: written, the one before is kept as {Config}.1\nno gateway was told: the one before does not say where; if one runs, pond-gateway reload has it go by this\n",
            output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_configuration_of_a_machine_is_applied_like_any_other()
    {
        File.WriteAllText(Other, Text("broker.example.org"));

        var (code, output, _) = await ApplyAsync(Other);
        Assert.Equal(0, code);
        Assert.EndsWith($"\n{Config}: written\nno gateway runs by it: it holds from the next start on\n", output, StringComparison.Ordinal);
        Assert.Equal(Text("broker.example.org"), File.ReadAllText(Config));
        Assert.Equal(Private, ModeOf(Config));
    }

    [Theory]
    [InlineData("", "say which FILE, or --undo or --list")]
    [InlineData("new.toml --undo", "FILE and --undo do not go together")]
    [InlineData("new.toml --confirm-within 2h", "--confirm-within 2h is not from 1s to 1h; write for example 90s or 15m")]
    [InlineData("gateway.toml", "is the configuration itself: change a copy and apply that, or have it read anew with pond-gateway reload")]
    [InlineData("none.toml", "none.toml: no such file; name the one to put in place\n")]
    public async Task Misuse_changes_nothing(string arguments, string expected)
    {
        File.WriteAllText(Config, Text("broker.example.org"));
        File.WriteAllText(Other, Text("broker.example.com"));

        var (code, _, error) = await ApplyAsync(
            [.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.EndsWith(".toml", StringComparison.Ordinal) ? Path.Combine(folder, word) : word)]);
        Assert.Equal(2, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(Text("broker.example.org"), File.ReadAllText(Config));
    }

    private static UnixFileMode ModeOf(string file) =>
        OperatingSystem.IsLinux() ? File.GetUnixFileMode(file) : throw new PlatformNotSupportedException("a gateway runs on Linux");

    private async Task<(int Code, string Output, string Error)> ApplyAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await GatewayCommandLine.InvokeAsync(["apply", .. arguments, "--config", Config], output, error);
        return (code, output.ToString(), error.ToString());
    }

    private string Text(string host) => OneProbe.Text(folder, $"[uplink]\nhost = \"{host}\"");
}
