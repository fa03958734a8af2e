using PondSentinel.Gateway.Control;

namespace PondSentinel.Tests.Gateway.Control;

/// <summary>What is not even asked.</summary>
public sealed class ControlClientTests
{
    [Theory]
    [InlineData("pump out\nand cleaned")]
    [InlineData("bell \a")]
    public async Task Text_that_no_gateway_takes_is_refused_in_words_for_who_wrote_it(string reason)
    {
        var client = new ControlClient("/nonexistent/control.sock", TimeProvider.System);

        var reply = await client.AskAsync(
            "maintenance-on", json => json.WriteString("reason", reason), ControlClient.Patience, TestContext.Current.CancellationToken);

        Assert.Equal(
            "nothing is asked of the gateway: a text holds a control character or half a character; write each text in one line",
            Assert.IsType<ControlReply.NotDone>(reply).Why);
    }
}
