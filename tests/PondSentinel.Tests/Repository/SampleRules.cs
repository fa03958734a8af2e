using PondSentinel.Backend.Configuration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Repository;

/// <summary>A sample that people copy works as it stands.</summary>
public sealed class SampleRules
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

    [Fact]
    public void Both_programs_have_a_sample() =>
        Assert.Equal(
            ["deploy/backend.sample.toml", "deploy/gateway.sample.toml"], Samples("backend").Concat(Samples("gateway")));

    private static IEnumerable<string> Findings(string? unreadable, IEnumerable<Problem> problems) =>
        problems.Select(problem => problem.ToString()).Concat(unreadable is null ? [] : [unreadable]);

    private static IEnumerable<string> Samples(string program) =>
        Checkout.Files.Where(file =>
            file.StartsWith("deploy/", StringComparison.Ordinal)
            && file.EndsWith(".toml", StringComparison.Ordinal)
            && Path.GetFileName(file).StartsWith(program, StringComparison.Ordinal));
}
