using PondSentinel.Gateway.Commands;
using PondSentinel.Sensors;
using PondSentinel.Tests.Repository;

namespace PondSentinel.Tests.Gateway.Commands;

public sealed class ModelsCommandTests
{
    [Fact]
    public async Task Every_model_is_listed_with_whether_it_was_ever_run_against_the_real_thing()
    {
        var (code, output, _) = await RunAsync();

        Assert.Equal(0, code);
        var lines = output.Split('\n');
        Assert.Contains("yosemitech-y510: Yosemitech Y510-B turbidity probe, reference, verified on hardware: no", lines);
        Assert.All(SensorCatalogue.Models.Values, model => Assert.Contains(
            lines, line => line.StartsWith($"{model.Id}: ", StringComparison.Ordinal) && line.Contains("verified on hardware: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task One_model_is_shown_with_what_is_unsure_and_how_it_is_calibrated()
    {
        var (code, output, _) = await RunAsync("supmea-ph8001");

        Assert.Equal(0, code);
        Assert.Equal(
            """
            supmea-ph8001: Supmea SUP-PH8001 pH probe, reference, verified on hardware: no
              unsure: its ranges, which are from the maker's page and not from the manual
              temperature: Water temperature, °C
              ph: pH, pH, 0 to 14; glass electrode
              electrode: pH electrode, mV, -1000 to 1000; potential of the glass electrode
              from the factory: 9600 baud, 8N1, address 1
              new address by pond-gateway device set-address: 06 00 0B 00 ADDRESS
              calibrated every 90d, checked every 14d: writing 0x00D2 into the same register brings the factory's calibration back
                buffer pH 7.00: ph 7, after 1m: 06 00 07 00 0D
                buffer pH 4.00: ph 4, after 1m: 06 00 07 00 0B
                buffer pH 10.00: ph 10, after 1m: 06 00 07 00 0F
              source: SUP-PH8001 Digital pH Electrode, user manual; as at manuals.online and sinoanalyzer.com; communication: register table, examples, calibration
            """,
            output.TrimEnd());
    }

    [Theory]
    [InlineData(
        "pulse-counter",
        """
          its outputs are those that its settings name
          on a gpio bus, address: the number of the line on its chip
          keys of its own: see hardware/sensors/pulse-counter.md
        """)]
    [InlineData("ti-ina219", "  on a i2c bus, address 0x40, or another from 0x40 to 0x4F")]
    [InlineData("alphasense-opc-n3", "  on a spi bus, which it has for itself, without an address")]
    public async Task Model_with_a_driver_is_shown_with_the_lines_that_it_can_hang_on(string model, string expected)
    {
        var (code, output, _) = await RunAsync(model);

        Assert.Equal(0, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n  \n", (await RunAsync()).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_that_is_not_known_is_said_so_with_the_nearest()
    {
        var (code, output, error) = await RunAsync("yosemitech-y531");

        Assert.Equal((1, ""), (code, output));
        Assert.Equal("there is no model \"yosemitech-y531\"; did you mean yosemitech-y511?", error.Trim());
    }

    [Fact]
    public async Task Own_profiles_of_the_configuration_are_listed_and_shown_like_any_other()
    {
        using var folder = new OwnFolder(Checkout.Text("deploy/profiles/probe.toml"));

        var (code, listed, error) = await RunAsync("--config", folder.Configuration);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains(
            listed.Split('\n'),
            line => line.StartsWith("my-ph-transmitter: ", StringComparison.Ordinal) && line.EndsWith(", by a profile of your own", StringComparison.Ordinal));
        Assert.Contains("\nyosemitech-y510: ", listed, StringComparison.Ordinal);

        var (_, shown, _) = await RunAsync("my-ph-transmitter", "--config", folder.Configuration);
        Assert.Contains("  from the factory: ", shown, StringComparison.Ordinal);
        Assert.Equal("there is no model \"my-ph-transmiter\"; did you mean my-ph-transmitter?", (await RunAsync("my-ph-transmiter", "--config", folder.Configuration)).Error.Trim());
    }

    [Fact]
    public async Task Mistake_in_an_own_profile_is_named_and_the_other_models_are_listed_all_the_same()
    {
        using var folder = new OwnFolder("id = 7");

        var (code, listed, error) = await RunAsync("--config", folder.Configuration);

        Assert.Equal(ExitCode.Misuse, code);
        Assert.Contains("p.toml:1:1: id ", error, StringComparison.Ordinal);
        Assert.Contains("\nyosemitech-y510: ", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_that_is_named_must_be_there()
    {
        var (code, _, error) = await RunAsync("--config", "/nonexistent/gateway.toml");

        Assert.Equal(ExitCode.Misuse, code);
        Assert.StartsWith("/nonexistent/gateway.toml: no such file", error, StringComparison.Ordinal);
    }

    private sealed class OwnFolder : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("pond-models");

        public OwnFolder(string profile)
        {
            File.WriteAllText(Path.Combine(folder.CreateSubdirectory("profiles").FullName, "p.toml"), profile);
            File.WriteAllText(Configuration, $"[gateway]\nid = \"gw\"\nsite = \"site\"\nprofiles = \"{folder.FullName}/profiles\"\n");
        }

        public string Configuration => Path.Combine(folder.FullName, "gateway.toml");

        public void Dispose() => folder.Delete(recursive: true);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await GatewayCommandLine.InvokeAsync(["models", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
