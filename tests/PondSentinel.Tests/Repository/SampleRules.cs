using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Tests.Repository;

/// <summary>A sample that people copy works as it stands.</summary>
public sealed class SampleRules
{
    [Fact]
    public void Every_sample_configuration_of_the_gateway_has_nothing_wrong() =>
        Assert.Equal([], Samples("gateway").SelectMany(file =>
        {
            var loaded = GatewayConfigurationFile.Load(Checkout.Absolute(file));
            return loaded.Problems.Concat(loaded.Warnings).Select(problem => problem.ToString())
                .Concat(loaded.Unreadable is { } why ? [why] : []);
        }));

    private static IEnumerable<string> Samples(string program) =>
        Checkout.Files.Where(file =>
            file.StartsWith("deploy/", StringComparison.Ordinal)
            && file.EndsWith(".toml", StringComparison.Ordinal)
            && Path.GetFileName(file).StartsWith(program, StringComparison.Ordinal));
}
