using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Web.History;

namespace PondSentinel.Backend.Web.Access;

/// <summary>A change that is asked for with a body of JSON: from a page of ours, with its token, of the known form, and bounded.</summary>
internal static class JsonChange
{
    private const long BodyBytesMax = 8 * 1024;

    /// <summary>Takes it, or says why not.</summary>
    /// <typeparam name="T">What the body says.</typeparam>
    /// <param name="context">The request, which was let in.</param>
    /// <param name="gate">Knows the token.</param>
    /// <param name="form">The form of the body.</param>
    /// <param name="change">Does it.</param>
    /// <param name="cancellationToken">Whoever asked is gone.</param>
    public static async Task<IResult> TakeAsync<T>(
        HttpContext context, Gate gate, JsonTypeInfo<T> form, Func<T, Visitor, Task<IResult>> change, CancellationToken cancellationToken)
        where T : class
    {
        if (gate.RefusalOfChange(context.Request) is { } refusal)
        {
            return new Problem("Not allowed", StatusCodes.Status403Forbidden, refusal).ToResult();
        }

        if (!context.Request.HasJsonContentType())
        {
            return new Problem("Not JSON", StatusCodes.Status415UnsupportedMediaType, "Send application/json.").ToResult();
        }

        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = BodyBytesMax;
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, form, cancellationToken) is { } wanted
                ? await change(wanted, Gate.Of(context).Visitor!)
                : Told("There is nothing in the body.");
        }
        catch (JsonException e)
        {
            return new Problem("Bad request", StatusCodes.Status400BadRequest, $"The body is not what /api/openapi.json says: {e.Message}").ToResult();
        }
        catch (BadHttpRequestException e)
        {
            return Problem.OfBody(e).ToResult();
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            return Unusable(e);
        }
    }

    /// <summary>What came of it.</summary>
    /// <param name="fault">Why it was not done, in a sentence; null where it was.</param>
    public static IResult Told(string? fault) =>
        fault is null ? TypedResults.NoContent() : new Problem("Not done", StatusCodes.Status409Conflict, fault).ToResult();

    /// <summary>That the state database cannot be used.</summary>
    /// <param name="e">Why.</param>
    public static IResult Unusable(Exception e) =>
        new Problem("The state database cannot be used", StatusCodes.Status503ServiceUnavailable, e.Message).ToResult();
}
