using PondSentinel.Gateway.Commands;
using PondSentinel.Sensors;

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
              unsure: the range, which was not at hand
              temperature: Water temperature, °C
              ph: pH, pH; glass electrode
              electrode: pH electrode, mV; potential of the glass electrode
              from the factory: 9600 baud, 8N1, address 1
              new address, alone on the line: 06 00 0B 00 ADDRESS
              calibrated every 90d, checked every 14d: writing 0x00D2 into the same register brings the factory's calibration back
                buffer pH 7.00: ph 7, after 1m: 06 00 07 00 0D
                buffer pH 4.00: ph 4, after 1m: 06 00 07 00 0B
                buffer pH 10.00: ph 10, after 1m: 06 00 07 00 0F
              source: SUP-PH8001 Digital pH Electrode, user manual; as at manuals.online and sinoanalyzer.com; communication: register table, examples, calibration
            """,
            output.TrimEnd());
    }

    [Fact]
    public async Task Model_that_is_not_known_is_said_so_with_the_nearest()
    {
        var (code, output, error) = await RunAsync("yosemitech-y531");

        Assert.Equal((1, ""), (code, output));
        Assert.Equal("there is no model \"yosemitech-y531\"; did you mean yosemitech-y511?", error.Trim());
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await GatewayCommandLine.InvokeAsync(["models", .. arguments], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
