using System.Text.RegularExpressions;
using PondSentinel.Backend.Configuration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Repository;

/// <summary>A sample that people copy works as it stands.</summary>
public sealed partial class SampleRules
{
    [Fact]
    public void Every_sample_configuration_of_the_gateway_has_nothing_wrong() =>
        Assert.Equal([], Samples("gateway").SelectMany(file =>
        {
            var loaded = GatewayConfigurationFile.Load(Checkout.Absolute(file));
            return Findings(loaded.Unreadable, [.. loaded.Problems, .. loaded.Warnings]);
        }));

    [Fact]
    public void Every_sample_configuration_of_the_backend_has_nothing_wrong() =>
        Assert.Equal([], Samples("backend").SelectMany(file =>
        {
            var loaded = BackendConfigurationFile.Load(Checkout.Absolute(file));
            return Findings(loaded.Unreadable, [.. loaded.Problems, .. loaded.Warnings]);
        }));

    /// <summary>A page of a sensor shows its own tables; the rest of the file is put around them.</summary>
    [Fact]
    public void Every_sample_on_the_page_of_a_sensor_has_nothing_wrong() =>
        Assert.Equal([], Checkout.Files
            .Where(file => file.StartsWith("hardware/sensors/", StringComparison.Ordinal))
            .SelectMany(file => Fenced().Matches(Checkout.Text(file)).Select(match => (File: file, Toml: match.Groups["toml"].Value)))
            .SelectMany(sample => GatewayConfigurationFile.Read(sample.File, Around + Bus(sample.Toml) + sample.Toml).Problems
                .Select(problem => problem.ToString())));

    [Fact]
    public void Both_programs_have_a_sample() =>
        Assert.Equal(
            ["deploy/backend.sample.toml", "deploy/gateway.sample.toml"], Samples("backend").Concat(Samples("gateway")));

    private const string Around =
        """
        [gateway]
        id = "gz-07"
        site = "zudong"
        [[station]]
        id = "pond-a"
        [[station]]
        id = "yard"

        """;

    private static string Bus(string toml) => toml.Contains("[[bus]]", StringComparison.Ordinal)
        ? ""
        : "[[bus]]\nid = \"header\"\nkind = \"i2c\"\nbus = 1\n";

    [GeneratedRegex("^```toml\n(?<toml>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();

    private static IEnumerable<string> Findings(string? unreadable, IEnumerable<Problem> problems) =>
        problems.Select(problem => problem.ToString()).Concat(unreadable is null ? [] : [unreadable]);

    private static IEnumerable<string> Samples(string program) =>
        Checkout.Files.Where(file =>
            file.StartsWith("deploy/", StringComparison.Ordinal)
            && file.EndsWith(".toml", StringComparison.Ordinal)
            && Path.GetFileName(file).StartsWith(program, StringComparison.Ordinal));
}
