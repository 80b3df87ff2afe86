//! Errors in Stripe's shape.

use super::ApiAnswer;
use serde_json::{Value, json};

/// An error as the caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Stripe's type of error.
    pub kind: &'static str,
    /// Stripe's code, if there is one.
    pub code: Option<&'static str>,
    /// For the developer.
    pub message: String,
    /// The parameter it is about.
    pub param: Option<String>,
    /// Whether the work had begun, so that the answer belongs to the idempotency key.
    pub after_begin: bool,
}

impl ApiError {
    fn new(status: u16, kind: &'static str, code: Option<&'static str>, message: String) -> ApiError {
        ApiError { status, kind, code, message, param: None, after_begin: false }
    }

    /// A request that makes no sense.
    pub fn invalid(message: &str, param: Option<&str>) -> ApiError {
        let error = ApiError::new(400, "invalid_request_error", None, message.to_owned());
        ApiError { param: param.map(str::to_owned), ..error }
    }

    /// The same with one of Stripe's codes.
    pub fn coded(code: &'static str, message: &str, param: &str) -> ApiError {
        ApiError { code: Some(code), ..ApiError::invalid(message, Some(param)) }
    }

    /// A refusal by the state of things, not by the request's form: it is kept under the idempotency key.
    pub fn refused(code: &'static str, message: String) -> ApiError {
        let error = ApiError::new(400, "invalid_request_error", Some(code), message);
        ApiError { after_begin: true, ..error }
    }

    /// A parameter that is not known here.
    pub fn unknown_parameter(name: &str) -> ApiError {
        ApiError::coded("parameter_unknown", &format!("Received unknown parameter: {name}"), name)
    }

    /// A parameter that must be there.
    pub fn missing_parameter(name: &str) -> ApiError {
        ApiError::coded("parameter_missing", &format!("Missing required param: {name}."), name)
    }

    /// A parameter that is no whole number.
    pub fn invalid_integer(name: &str) -> ApiError {
        ApiError::coded("parameter_invalid_integer", &format!("Invalid integer: {name}"), name)
    }

    /// Nothing of this id.
    pub fn missing(what: &str, param: &str) -> ApiError {
        let error = ApiError::coded("resource_missing", &format!("No such {what}"), param);
        ApiError { status: 404, ..error }
    }

    /// No such path.
    pub fn unknown_url(method: &str) -> ApiError {
        let message =
            format!("Unrecognized request URL ({method}). This sandbox knows only what the shop uses.");
        ApiError::new(404, "invalid_request_error", None, message)
    }

    /// The key is wrong or missing.
    pub fn unauthorized() -> ApiError {
        let message = "Invalid API Key provided.".to_owned();
        ApiError::new(401, "invalid_request_error", None, message)
    }

    /// The idempotency key was used for something else.
    pub fn idempotency(message: &str) -> ApiError {
        ApiError::new(400, "idempotency_error", None, message.to_owned())
    }

    /// Somebody sent a card number to the server side.
    pub fn raw_card_number() -> ApiError {
        let message =
            "Sending card numbers to the API is unsafe and refused: cards are typed on the hosted page only.";
        ApiError::new(402, "invalid_request_error", None, message.to_owned())
    }

    /// The sandbox itself failed, or was told to.
    pub fn server() -> ApiError {
        ApiError::new(500, "api_error", None, "The sandbox could not answer.".to_owned())
    }

    /// As it is sent.
    pub fn answer(&self) -> ApiAnswer {
        let mut error = json!({ "type": self.kind, "message": self.message });
        if let Some(code) = self.code {
            error["code"] = Value::from(code);
        }
        if let Some(param) = &self.param {
            error["param"] = Value::from(param.as_str());
        }
        ApiAnswer { status: self.status, body: json!({ "error": error }).to_string(), replayed: false }
    }
}
